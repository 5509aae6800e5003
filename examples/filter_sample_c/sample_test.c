/* The filter through its table, as a host calls it. */
#include <millrace/plugin.h>

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { kRecords = 1000 };

static uint32_t kept_at(const char* config, uint64_t keep[]) {
  static char keys[kRecords][16];
  static mr_record records[kRecords];
  for (uint32_t i = 0; i < kRecords; ++i) {
    const int size = snprintf(keys[i], sizeof keys[i], "key-%u", i);
    records[i].key = (mr_bytes){(const uint8_t*)keys[i], (uint64_t)size};
  }
  const mr_batch batch = {
      .struct_size = sizeof batch, .record_stride = sizeof records[0], .count = kRecords, .records = records};
  memset(keep, 0xff, kRecords / 8);

  const mr_component* const component = millrace_plugin_entry_v1()->components[0];
  mr_error error = {.struct_size = sizeof error};
  void* self = NULL;
  assert(component->create(NULL, (mr_str){config, strlen(config)}, &self, &error) == MR_OK);
  assert(component->start(self, &error) == MR_OK);
  assert(((const mr_filter_v1*)component->vtable)->apply(self, &batch, keep, &error) == MR_OK);
  component->stop(self, 0);
  component->destroy(self);

  uint32_t kept = 0;
  for (uint32_t i = 0; i < kRecords; ++i) kept += (uint32_t)(keep[i / 64] >> i % 64 & 1u);
  return kept;
}

int main(void) {
  uint64_t first[(kRecords + 63) / 64], second[(kRecords + 63) / 64];
  assert(kept_at("{\"rate\":0}", first) == 0);
  assert(kept_at("{\"rate\":1}", first) == kRecords);
  const uint32_t quarter = kept_at("{\"rate\":0.25}", first);
  assert(quarter > 200 && quarter < 300);
  assert(kept_at("{\"rate\":0.25}", second) == quarter);
  assert(memcmp(first, second, kRecords / 8) == 0); /* always the same ones */

  const char* const wrong[] = {"{\"rate\":\"x\"}", "{\"rate\":1.5}", "{}", ""};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; ++i) {
    mr_error error = {.struct_size = sizeof error};
    void* self = NULL;
    assert(millrace_plugin_entry_v1()->components[0]->create(NULL, (mr_str){wrong[i], strlen(wrong[i])}, &self,
                                                             &error) == MR_INVALID_ARGUMENT);
    assert(strcmp(error.field, "/rate") == 0);
  }
  puts("ok");
  return 0;
}
