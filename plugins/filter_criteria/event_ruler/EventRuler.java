// Asks event-ruler, the library that AWS's event patterns come from, for its verdict on pairs.
//
//   java -cp JARS:CLASSES EventRuler < pairs.jsonl     one word a line: match, nomatch, invalid, error (of the event);
//                                                      where it is not the pair's "ours", what the pattern's
//                                                      alternatives say when each is a rule in a machine of its own:
//                                                      "alone match", "alone nomatch"
//   java -cp JARS:CLASSES EventRuler bench DATA RULES PASSES SET   three warm-up passes over DATA, then the best of
//                                                      PASSES, in processor time of the thread that asks
//
// A pair is {"pattern": "...", "event": "..."}, both as JSON text. A pattern that only its old compiler takes, where $or
// is a field like any other, is answered with "fallback ".
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import software.amazon.event.ruler.JsonRuleCompiler;
import software.amazon.event.ruler.Machine;
import software.amazon.event.ruler.Patterns;

public class EventRuler {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int WARM_UP = 3;
  private static final int MOST_ALONE = 4096;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  public static void main(String[] words) throws Exception {
    PrintStream out = new PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out), false, "UTF-8");
    if (words.length > 0 && words[0].equals("bench")) bench(words[1], words[2], Integer.parseInt(words[3]), words[4], out);
    else judge(out);
    out.flush();
  }

  private static void judge(PrintStream out) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      JsonNode pair = JSON.readTree(line);
      String pattern = pair.get("pattern").textValue(), event = pair.get("event").textValue();
      String verdict = verdict(pattern, event), ours = pair.get("ours").textValue();
      boolean decided = verdict.equals("match") || verdict.equals("nomatch");
      out.println(!decided || verdict.equals(ours) ? verdict : verdict + " alone " + alone(pattern, event));
    }
  }

  private static String verdict(String pattern, String event) {
    String prefix = "";
    Machine machine = Machine.builder().build();
    try {
      if (JsonRuleCompiler.check(pattern) != null) prefix = "fallback ";
      machine.addRule("rule", pattern);
    } catch (Exception | StackOverflowError e) {
      return "invalid " + reason(e);
    }
    try {
      return prefix + (machine.rulesForJSONEvent(event).isEmpty() ? "nomatch" : "match");
    } catch (Exception | StackOverflowError e) {
      return prefix + "error " + reason(e);
    }
  }

  // A pattern is an OR of rules, a field of a rule an OR of alternatives: so it means the same as all its combinations of
  // one alternative a field, each by itself.
  private static String alone(String pattern, String event) {
    try {
      for (Map<String, List<Patterns>> rule : JsonRuleCompiler.compile(pattern)) {
        List<Map<String, List<Patterns>>> single = new ArrayList<>();
        single.add(new TreeMap<>());
        for (Map.Entry<String, List<Patterns>> field : rule.entrySet()) {
          List<Map<String, List<Patterns>>> longer = new ArrayList<>();
          for (Map<String, List<Patterns>> start : single)
            for (Patterns alternative : field.getValue()) {
              Map<String, List<Patterns>> next = new TreeMap<>(start);
              next.put(field.getKey(), List.of(alternative));
              longer.add(next);
            }
          if (longer.size() > MOST_ALONE) return "undecided";
          single = longer;
        }
        for (Map<String, List<Patterns>> combination : single) {
          Machine machine = Machine.builder().build();
          machine.addPatternRule("rule", combination);
          if (!machine.rulesForJSONEvent(event).isEmpty()) return "match";
        }
      }
      return "nomatch";
    } catch (Exception | StackOverflowError e) {
      return "error " + reason(e);
    }
  }

  private static String reason(Throwable e) {
    return String.valueOf(e.getMessage()).split("\n")[0];
  }

  // RULES: one JSON object, set -> list of patterns. Prints "SET EVENTS_PER_SECOND COUNT,COUNT,..." of one of them.
  private static void bench(String data, String rules, int passes, String wanted, PrintStream out) throws Exception {
    List<String> events = new ArrayList<>();
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(new FileInputStream(data), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) events.add(line);
    }
    Machine machine = Machine.builder().build();
    int rule = 0;
    for (JsonNode pattern : JSON.readTree(new java.io.File(rules)).get(wanted))
      machine.addRule(String.format("%03d", rule++), pattern.textValue());
    double best = 0;
    Map<String, Integer> counts = new TreeMap<>();
    for (int pass = 0; pass < WARM_UP + passes; ++pass) {
      counts.clear();
      for (int i = 0; i < rule; ++i) counts.put(String.format("%03d", i), 0);
      long start = THREADS.getCurrentThreadCpuTime();
      for (String event : events)
        for (String name : machine.rulesForJSONEvent(event)) counts.merge(name, 1, Integer::sum);
      double seconds = (THREADS.getCurrentThreadCpuTime() - start) / 1e9;
      if (pass >= WARM_UP) best = Math.max(best, events.size() / seconds);
    }
    StringBuilder line = new StringBuilder();
    for (int count : counts.values()) line.append(line.length() == 0 ? "" : ",").append(count);
    out.println(wanted + " " + Math.round(best) + " " + line);
    out.flush();
  }
}
