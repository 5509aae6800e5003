/* The sink `spool` in C: appends each request to a file. Writing runs on the host's executor, never on a lane.
 *
 * Every request that submit() took is answered exactly once: by the job that it becomes. Needs plugin.h and POSIX. */
#define _POSIX_C_SOURCE 200809L
#include <millrace/plugin.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct spool {
  const mr_host* host;
  const mr_executor* executor;
  char path[256];
  int file;              /* -1 before start() */
  pthread_mutex_t mutex; /* one request at a time, so that none ends up inside another */
} spool;

typedef struct job {
  spool* owner;
  mr_bytes body; /* valid until the answer */
  mr_completion completion;
} job;

static mr_status fail(mr_error* err, mr_status code, const char* field, const char* message) {
  if (err->struct_size >= sizeof *err) { /* else the host is older than these fields */
    err->code = code;
    snprintf(err->field, sizeof err->field, "%s", field);
    snprintf(err->message, sizeof err->message, "%s", message);
  }
  return code;
}

static mr_str text(const char* terminated) {
  return (mr_str){terminated, strlen(terminated)};
}

/* config is {"path":"/var/spool/x"}: the schema's pattern leaves nothing in it that JSON would have to escape. */
static void copy_path(char to[256], mr_str config) {
  const char* const end = config.data + config.size;
  to[0] = '\0';
  const char* const colon = memchr(config.data, ':', config.size);
  if (colon == NULL) return;
  const char* const quote = memchr(colon, '"', (size_t)(end - colon));
  if (quote == NULL) return;
  const char* const close = memchr(quote + 1, '"', (size_t)(end - quote - 1));
  if (close != NULL) snprintf(to, 256, "%.*s", (int)(close - quote - 1), quote + 1);
}

static mr_status create(const mr_host* host, mr_str config, void** self, mr_error* err) {
  spool* const s = calloc(1, sizeof *s);
  if (s == NULL) return fail(err, MR_RESOURCE_EXHAUSTED, "", "out of memory");
  s->host = host;
  s->executor = host->get_service(host->ctx, MR_EXECUTOR);
  s->file = -1;
  copy_path(s->path, config);
  pthread_mutex_init(&s->mutex, NULL);
  *self = s;
  if (s->executor != NULL) return MR_OK;
  pthread_mutex_destroy(&s->mutex);
  free(s);
  return fail(err, MR_UNIMPLEMENTED, "", "This host has no executor.");
}

static mr_status start(void* self, mr_error* err) {
  spool* const s = self;
  s->file = open(s->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (s->file < 0) return fail(err, MR_FAILED_PRECONDITION, "/path", "The file cannot be opened for appending.");
  return MR_OK;
}

static int write_all(int file, mr_bytes body) {
  for (uint64_t done = 0; done < body.size;) {
    const ssize_t n = write(file, body.data + done, body.size - done);
    if (n < 0 && errno != EINTR) return 0;
    if (n > 0) done += (uint64_t)n;
  }
  return 1;
}

static void run(void* arg) {
  job* const j = arg;
  mr_result result = {.struct_size = sizeof result, .outcome = MR_DONE};
  pthread_mutex_lock(&j->owner->mutex);
  if (!write_all(j->owner->file, j->body)) {
    result.outcome = MR_RETRY;
    result.code = MR_UNAVAILABLE;
    result.detail = text("The file could not be written.");
  }
  pthread_mutex_unlock(&j->owner->mutex);
  j->completion.done(j->completion.ctx, &result);
  free(j);
}

static mr_status submit(void* self, const mr_request* request, mr_completion completion, mr_error* err) {
  spool* const s = self;
  job* const j = malloc(sizeof *j);
  if (j == NULL) return fail(err, MR_RESOURCE_EXHAUSTED, "", "out of memory");
  *j = (job){s, request->body, completion};
  const mr_status status = s->executor->run_blocking(s->host->ctx, run, j);
  if (status == MR_OK) return MR_OK;
  free(j); /* not accepted: run() is never called, and neither is done() */
  return fail(err, MR_RESOURCE_EXHAUSTED, "", "The host takes no more work at the moment.");
}

/* The host has run every job that it accepted. */
static void stop(void* self, uint64_t deadline_ns) {
  spool* const s = self;
  (void)deadline_ns;
  if (s->file >= 0) close(s->file);
  s->file = -1;
}

static void destroy(void* self) {
  spool* const s = self;
  pthread_mutex_destroy(&s->mutex);
  free(s);
}

static const mr_sink_v1 table = {.struct_size = sizeof table, .max_in_flight = 64, .submit = submit};
static const mr_component component = {
    .struct_size = sizeof component,
    .kind = MR_SINK,
    .caps = MR_CAP_CONCURRENT,
    .type = "spool_c",
    .summary = "Appends requests to a file; written in C.",
    .config_schema =
        "{\"type\": \"object\", \"required\": [\"path\"], \"properties\": {"
        "\"path\": {\"type\": \"string\", \"pattern\": \"^[A-Za-z0-9/._-]+$\", \"maxLength\": 255, "
        "\"description\": \"File to append to.\"}}}",
    .vtable = &table,
    .create = create,
    .start = start,
    .stop = stop,
    .destroy = destroy};
static const mr_component* const components[] = {&component};
static const mr_plugin plugin = {.struct_size = sizeof plugin,
                                 .abi_major = MR_ABI_MAJOR,
                                 .abi_minor = MR_ABI_MINOR,
                                 .name = "org.example.spool_c",
                                 .version = "1.0.0",
                                 .vendor = "",
                                 .license = "",
                                 .url = "",
                                 .components = components,
                                 .component_count = 1};

const mr_plugin* millrace_plugin_entry_v1(void) {
  return &plugin;
}
