/* Auth components with one defect each, for the test of `millrace plugin check`: -DPLANT_NAME compiles the defect NAME
 * in.
 *
 * Without a defect it emits a user's name and password and passes every check. */
#include "planted.h"

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
                                         .create = create_nothing,
                                         .start = start_nothing,
                                         .stop = stop_nothing,
                                         .destroy = destroy_nothing};
  static const mr_component* const components[] = {&component};
  static const mr_plugin plugin = PLANTED_PLUGIN(components);
  return &plugin;
}
