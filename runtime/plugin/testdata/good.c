/* A working filter plugin for the loader's tests. TYPE, BROKEN_SCHEMA vary it. Counts its entry calls in the
 * environment. */
#include <millrace/plugin.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef TYPE
#define TYPE "keep_all"
#endif

static int state;
static mr_status create(const mr_host* host, mr_str config, void** self, mr_error* err) {
  (void)host, (void)config, (void)err;
  *self = &state;
  return MR_OK;
}
static mr_status start(void* self, mr_error* err) {
  return (void)self, (void)err, MR_OK;
}
static void stop(void* self, uint64_t deadline_ns) {
  (void)self, (void)deadline_ns;
}
static void destroy(void* self) {
  (void)self;
}
static mr_status apply(void* self, const mr_batch* in, uint64_t* keep, mr_error* err) {
  (void)self, (void)in, (void)err;
  keep[0] &= 0x5;
  return MR_OK;
}
static const mr_filter_v1 kTable = {sizeof kTable, 0, apply};
static const mr_component kComponent = {.struct_size = sizeof kComponent,
                                        .kind = MR_FILTER,
                                        .caps = MR_CAP_CONCURRENT,
                                        .needs = MR_NEED_VALUE,
                                        .stability = MR_STABLE,
                                        .type = TYPE,
                                        .summary = "Keeps some.",
                                        .config_schema = "{\"type\":\"object\"}",
                                        .vtable = &kTable,
                                        .create = create,
                                        .start = start,
                                        .stop = stop,
                                        .destroy = destroy};
static const mr_component* const kComponents[] = {&kComponent};
static const mr_error_info kErrors[] = {{"XX0001", "A title", "A cause.", "A remedy."}};
static mr_plugin plugin = {.struct_size = sizeof plugin,
                           .abi_major = MR_ABI_MAJOR,
                           .abi_minor = MR_ABI_MINOR,
                           .name = "org.example.good",
                           .version = "1.2.3",
                           .vendor = "Example",
                           .license = "MIT",
                           .url = "https://example.org",
                           .components = kComponents,
                           .component_count = 1,
                           .error_count = 1,
                           .errors = kErrors};

const mr_plugin* millrace_plugin_entry_v1(void) {
  static int calls;
  char text[16];
  snprintf(text, sizeof text, "%d", ++calls);
  setenv("MILLRACE_TEST_ENTRY_CALLS_" TYPE, text, 1);
#ifdef NEEDS_HOST_MINOR
  plugin.abi_minor = NEEDS_HOST_MINOR + 1;
  plugin.needs_host_minor = NEEDS_HOST_MINOR;
#endif
  return &plugin;
}
