/* The filter `sample` in C: keeps a fixed fraction of records, chosen by key, so that the records of one key are all in
 * or all out.
 *
 * An instance never changes after create(), which is why MR_CAP_CONCURRENT holds. Needs plugin.h and the C library. */
#include <millrace/plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct sample {
  uint64_t threshold; /* of 2^32 */
} sample;

static mr_status fail(mr_error* err, mr_status code, const char* field, const char* message) {
  if (err->struct_size >= sizeof *err) { /* else the host is older than these fields */
    err->code = code;
    snprintf(err->field, sizeof err->field, "%s", field);
    snprintf(err->message, sizeof err->message, "%s", message);
  }
  return code;
}

/* config is {"rate":0.25}: an object with one number, because the schema lets nothing else through. */
static double rate_of(mr_str config) {
  char text[64] = "";
  const char* colon = memchr(config.data, ':', config.size);
  if (colon != NULL) {
    const size_t size = (size_t)(config.data + config.size - colon - 1);
    memcpy(text, colon + 1, size < sizeof text ? size : sizeof text - 1);
  }
  char* end = text;
  const double rate = strtod(text, &end);
  return end == text ? -1 : rate;
}

static mr_status create(const mr_host* host, mr_str config, void** self, mr_error* err) {
  (void)host;
  const double rate = rate_of(config);
  if (!(rate >= 0 && rate <= 1)) return fail(err, MR_INVALID_ARGUMENT, "/rate", "The rate is not between 0 and 1.");
  sample* const s = malloc(sizeof *s);
  if (s == NULL) return fail(err, MR_RESOURCE_EXHAUSTED, "", "out of memory");
  s->threshold = (uint64_t)(rate * 4294967296.0);
  *self = s;
  return MR_OK;
}

static mr_status start(void* self, mr_error* err) {
  (void)self, (void)err;
  return MR_OK;
}

static void stop(void* self, uint64_t deadline_ns) {
  (void)self, (void)deadline_ns;
}

/* FNV-1a, and a step that spreads its last bytes over all bits. The same in every language and on every machine, so
 * that two plugins agree about a key. */
static uint64_t hash_of(mr_bytes key) {
  uint64_t hash = 14695981039346656037u;
  for (uint64_t i = 0; i < key.size; ++i) hash = (hash ^ key.data[i]) * 1099511628211u;
  return (hash ^ hash >> 32) * 0x9e3779b97f4a7c15u >> 32;
}

static mr_status apply(void* self, const mr_batch* in, uint64_t* keep, mr_error* err) {
  (void)err;
  const sample* const s = self;
  for (uint32_t i = 0; i < in->count; ++i) {
    /* By the stride: a later host's records may be longer than ours. */
    const mr_record* const record = (const void*)((const char*)in->records + (size_t)i * in->record_stride);
    if (hash_of(record->key) >= s->threshold) keep[i / 64] &= ~(UINT64_C(1) << i % 64);
  }
  return MR_OK;
}

static const mr_filter_v1 table = {.struct_size = sizeof table, .apply = apply};
static const mr_component component = {.struct_size = sizeof component,
                                       .kind = MR_FILTER,
                                       .caps = MR_CAP_CONCURRENT,
                                       .needs = MR_NEED_KEY,
                                       .type = "sample_c",
                                       .summary = "Keeps a fixed fraction of records, chosen by key; written in C.",
                                       .config_schema =
                                           "{\"type\": \"object\", \"required\": [\"rate\"], \"properties\": {"
                                           "\"rate\": {\"type\": \"number\", \"minimum\": 0, \"maximum\": 1, "
                                           "\"description\": \"Fraction of keys to keep.\"}}}",
                                       .vtable = &table,
                                       .create = create,
                                       .start = start,
                                       .stop = stop,
                                       .destroy = free};
static const mr_component* const components[] = {&component};
static const mr_plugin plugin = {.struct_size = sizeof plugin,
                                 .abi_major = MR_ABI_MAJOR,
                                 .abi_minor = MR_ABI_MINOR,
                                 .name = "org.example.sample_c",
                                 .version = "1.0.0",
                                 .vendor = "",
                                 .license = "",
                                 .url = "",
                                 .components = components,
                                 .component_count = 1};

const mr_plugin* millrace_plugin_entry_v1(void) {
  return &plugin;
}
