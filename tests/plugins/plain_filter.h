/* A complete filter in plain C, from which each broken plugin takes one thing away.
 *
 * It keeps every record, its `self` is a constant, and all of its functions may be called concurrently. */
#pragma once
#include <millrace/plugin.h>

#include "does_nothing.h"

static inline mr_status good_apply(void* self, const mr_batch* in, uint64_t* keep, mr_error* err) {
  return (void)self, (void)in, (void)keep, (void)err, (mr_status)MR_OK;
}

static const mr_filter_v1 good_filter = {.struct_size = sizeof(mr_filter_v1), .apply = good_apply};

static inline mr_component good_component(uint32_t kind, const char* type, const void* table) {
  const mr_component c = {.struct_size = sizeof(mr_component),
                          .kind = kind,
                          .type = type,
                          .summary = "Keeps every record.",
                          .config_schema = "{\"type\":\"object\"}",
                          .vtable = table,
                          .create = create_nothing,
                          .start = start_nothing,
                          .stop = stop_nothing,
                          .destroy = destroy_nothing};
  return c;
}

static inline mr_plugin good_plugin(const char* name, const mr_component* const* components, uint32_t count) {
  const mr_plugin p = {.struct_size = sizeof(mr_plugin),
                       .abi_major = MR_ABI_MAJOR,
                       .abi_minor = MR_ABI_MINOR,
                       .name = name,
                       .version = "1.0.0",
                       .vendor = "",
                       .license = "",
                       .url = "",
                       .components = components,
                       .component_count = count};
  return p;
}

/* PLUGIN(NAME, STATEMENT...) defines the entry of a plugin with one filter called NAME; the statements may spoil
 * `plugin`, `component` and `table` before the host sees them. */
#define PLUGIN(NAME, ...)                                      \
  MR_EXPORT const mr_plugin* millrace_plugin_entry_v1(void) {  \
    static mr_filter_v1 table;                                 \
    static mr_component component;                             \
    static const mr_component* components[1];                  \
    static mr_plugin plugin;                                   \
    table = good_filter;                                       \
    component = good_component(MR_FILTER, #NAME, &table);      \
    components[0] = &component;                                \
    plugin = good_plugin("org.example." #NAME, components, 1); \
    __VA_ARGS__                                                \
    return &plugin;                                            \
  }
