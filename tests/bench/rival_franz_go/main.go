// The rival: what a careful engineer writes by hand, in Go with franz-go, to move a topic to a function.
//
//	rival -brokers HOST:PORT -topic T -records N -batch N -url URL [-ca FILE] [-in-flight N]
//
// A consumer group that starts at the oldest record, the Lambda event appended into reused buffers, posts over kept
// connections, several under way, one commit at the end. It signs nothing, repeats nothing, and lets requests of one
// partition overtake each other: whatever Millrace does beyond that, it does on top of being measured against this.
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

type settings struct {
	brokers, topic, url, authority string
	records, batch, inFlight       int
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("rival: ")
	var s settings
	flag.StringVar(&s.brokers, "brokers", "", "bootstrap servers, comma separated")
	flag.StringVar(&s.topic, "topic", "", "topic to drain")
	flag.StringVar(&s.url, "url", "", "where events are posted")
	flag.StringVar(&s.authority, "ca", "", "PEM file; turns TLS on")
	flag.IntVar(&s.records, "records", 0, "records to deliver before it ends")
	flag.IntVar(&s.batch, "batch", 100, "records in an event, at most")
	flag.IntVar(&s.inFlight, "in-flight", 4, "posts under way at once")
	flag.Parse()
	if err := drain(s); err != nil {
		log.Fatal(err)
	}
}

func connect(s settings) (*kgo.Client, error) {
	options := []kgo.Opt{
		kgo.SeedBrokers(strings.Split(s.brokers, ",")...),
		kgo.ConsumerGroup("rival-" + strconv.FormatInt(time.Now().UnixNano(), 36)),
		kgo.ConsumeTopics(s.topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.DisableAutoCommit(),
	}
	if s.authority != "" {
		pem, err := os.ReadFile(s.authority)
		if err != nil {
			return nil, err
		}
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(pem)
		options = append(options, kgo.DialTLSConfig(&tls.Config{RootCAs: roots}))
	}
	return kgo.NewClient(options...)
}

func drain(s settings) error {
	client, err := connect(s)
	if err != nil {
		return err
	}
	defer client.Close()
	events := make(chan []*kgo.Record, s.inFlight)
	var posting sync.WaitGroup
	for range s.inFlight {
		posting.Add(1)
		go func() {
			defer posting.Done()
			post(s, events)
		}()
	}
	for seen := 0; seen < s.records; {
		fetched := client.PollRecords(context.Background(), 10_000)
		if failures := fetched.Errors(); len(failures) > 0 {
			return failures[0].Err
		}
		records := fetched.Records()
		seen += len(records)
		for len(records) > 0 {
			size := min(s.batch, len(records))
			events <- records[:size]
			records = records[size:]
		}
	}
	close(events)
	posting.Wait()
	return client.CommitUncommittedOffsets(context.Background())
}

// post sends events until there are no more. Each caller has a buffer of its own.
func post(s settings, events <-chan []*kgo.Record) {
	transport := &http.Transport{MaxIdleConnsPerHost: 1, DisableCompression: true, WriteBufferSize: 64 << 10}
	client := &http.Client{Transport: transport}
	var body []byte
	for records := range events {
		body = appendEvent(body[:0], s.brokers, records)
		answer, err := client.Post(s.url, "application/json", bytes.NewReader(body))
		if err != nil {
			log.Fatal(err)
		}
		io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			log.Fatalf("the function answered %s", answer.Status)
		}
	}
}

// appendEvent writes the event that AWS sends for a self-managed cluster. Records come partition by partition.
func appendEvent(out []byte, brokers string, records []*kgo.Record) []byte {
	out = fmt.Appendf(out, `{"eventSource":"SelfManagedKafka","bootstrapServers":%q,"records":{`, brokers)
	var head []byte
	for i, record := range records {
		if i == 0 || record.Partition != records[i-1].Partition || record.Topic != records[i-1].Topic {
			if i > 0 {
				out = append(out, "],"...)
			}
			out = fmt.Appendf(out, `"%s-%d":[`, record.Topic, record.Partition)
			head = fmt.Appendf(head[:0], `{"topic":"%s","partition":%d,"offset":`, record.Topic, record.Partition)
		} else {
			out = append(out, ',')
		}
		out = append(out, head...)
		out = appendRecord(out, record)
	}
	return append(out, `]}}`...)
}

// appendRecord continues a record's object after its partition.
func appendRecord(out []byte, record *kgo.Record) []byte {
	out = strconv.AppendInt(out, record.Offset, 10)
	out = append(out, `,"timestamp":`...)
	out = strconv.AppendInt(out, record.Timestamp.UnixMilli(), 10)
	out = append(out, `,"timestampType":"CREATE_TIME",`...)
	if record.Key != nil {
		out = append(out, `"key":"`...)
		out = base64.StdEncoding.AppendEncode(out, record.Key)
		out = append(out, `",`...)
	}
	out = append(out, `"value":"`...)
	out = base64.StdEncoding.AppendEncode(out, record.Value)
	out = append(out, `","headers":[`...)
	for i, header := range record.Headers {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendHeader(out, header)
	}
	return append(out, `]}`...)
}

func appendHeader(out []byte, header kgo.RecordHeader) []byte {
	out = fmt.Appendf(out, `{%q:[`, header.Key)
	for i, b := range header.Value {
		if i > 0 {
			out = append(out, ',')
		}
		out = strconv.AppendInt(out, int64(int8(b)), 10)
	}
	return append(out, `]}`...)
}
