/* Auth components with one defect each, for the test of `millrace plugin check`: -DPLANT_NAME compiles the defect NAME
 * in.
 *
 * Without a defect it emits a user's name and password and passes every check. */
#include <stdio.h>

#include <millrace/plugin.h>

static mr_status create(const mr_host* host, mr_str config, void** self, mr_error* err) {
  static uint8_t instance;
  (void)host, (void)config, (void)err;
  *self = &instance;
  return MR_OK;
}
static mr_status start(void* self, mr_error* err) {
  return (void)self, (void)err, (mr_status)MR_OK;
}
static void stop(void* self, uint64_t deadline_ns) {
  (void)self, (void)deadline_ns;
}
static void destroy(void* self) {
  (void)self;
}
static mr_status provide(void* self, mr_str endpoint, mr_emit_property emit, void* arg, int64_t* expires_unix_ms,
                         mr_error* err) {
  (void)self, (void)endpoint, (void)expires_unix_ms, (void)err;
#ifdef PLANT_EMITS_KNOWN_NAMES_ONCE
  emit(arg, (mr_str){"security.protocol", 17}, (mr_bytes){(const uint8_t*)"SASL_SSL", 8}, 0);
#endif
  emit(arg, (mr_str){"sasl.username", 13}, (mr_bytes){(const uint8_t*)"user", 4}, 0);
#ifdef PLANT_MARKS_SECRETS
  emit(arg, (mr_str){"sasl.password", 13}, (mr_bytes){(const uint8_t*)"secret", 6}, 0);
#else
  emit(arg, (mr_str){"sasl.password", 13}, (mr_bytes){(const uint8_t*)"secret", 6}, 1);
#endif
  return MR_OK;
}

MR_EXPORT const mr_plugin* millrace_plugin_entry_v1(void) {
  static const mr_auth_v1 table = {.struct_size = sizeof table, .provide = provide};
  static const mr_component component = {.struct_size = sizeof component,
                                         .kind = MR_AUTH,
                                         .type = "planted",
                                         .summary = "A user's name and password.",
                                         .config_schema = "{\"type\": \"object\"}",
                                         .vtable = &table,
                                         .create = create,
                                         .start = start,
                                         .stop = stop,
                                         .destroy = destroy};
  static const mr_component* const components[] = {&component};
  static const mr_plugin plugin = {.struct_size = sizeof plugin,
                                   .abi_major = MR_ABI_MAJOR,
                                   .abi_minor = MR_ABI_MINOR,
                                   .name = "org.example.planted",
                                   .version = "1.0.0",
                                   .vendor = "",
                                   .license = "",
                                   .url = "",
                                   .components = components,
                                   .component_count = 1};
  return &plugin;
}
