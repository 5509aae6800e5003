/* The sink through its table, with a host that runs work when the test says so. */
#include <millrace/plugin.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct fake_host {
  int refuses;
  void (*work)(void*);
  void* arg;
} fake_host;

static mr_status run_blocking(void* ctx, void (*fn)(void*), void* arg) {
  fake_host* const host = ctx;
  if (host->refuses) return MR_RESOURCE_EXHAUSTED;
  host->work = fn;
  host->arg = arg;
  return MR_OK;
}
static const mr_executor executor = {.struct_size = sizeof executor, .run_blocking = run_blocking};
static const void* get_service(void* ctx, const char* id) {
  (void)ctx;
  return strcmp(id, MR_EXECUTOR) == 0 ? &executor : NULL;
}

static void answered(void* ctx, const mr_result* result) {
  int* const answers = ctx;
  assert(result->outcome == MR_DONE);
  ++*answers;
}

static void expect_file(const char* path, const char* expected) {
  char text[64] = "";
  FILE* const file = fopen(path, "rb");
  assert(file != NULL);
  assert(fread(text, 1, sizeof text - 1, file) == strlen(expected));
  assert(strcmp(text, expected) == 0);
  fclose(file);
}

int main(void) {
  const mr_component* const component = millrace_plugin_entry_v1()->components[0];
  const mr_sink_v1* const sink = component->vtable;
  fake_host fake = {0};
  const mr_host host = {
      .struct_size = sizeof host, .abi_major = MR_ABI_MAJOR, .ctx = &fake, .get_service = get_service};
  mr_error error = {.struct_size = sizeof error};
  char path[] = "spool_test.out", config[64];
  const int size = snprintf(config, sizeof config, "{\"path\":\"%s\"}", path);
  void* self = NULL;
  remove(path);
  assert(component->create(&host, (mr_str){config, (uint64_t)size}, &self, &error) == MR_OK);
  assert(component->start(self, &error) == MR_OK);

  int answers = 0;
  const mr_request request = {.struct_size = sizeof request, .body = {(const uint8_t*)"one\n", 4}};
  assert(sink->submit(self, &request, (mr_completion){&answers, answered}, &error) == MR_OK);
  assert(answers == 0); /* submit() does not block */
  fake.work(fake.arg);
  assert(answers == 1);
  expect_file(path, "one\n");

  fake.refuses = 1;
  assert(sink->submit(self, &request, (mr_completion){&answers, answered}, &error) == MR_RESOURCE_EXHAUSTED);
  assert(answers == 1); /* a refused request is not answered */
  component->stop(self, 0);
  component->stop(self, 0);
  component->destroy(self);
  remove(path);

  const char* const nowhere = "{\"path\":\"/does/not/exist\"}";
  assert(component->create(&host, (mr_str){nowhere, strlen(nowhere)}, &self, &error) == MR_OK);
  assert(component->start(self, &error) == MR_FAILED_PRECONDITION);
  assert(strcmp(error.field, "/path") == 0);
  component->stop(self, 0);
  component->destroy(self);

  const char* const odd[] = {
      "[[[[", "{}", "{\"path\":", "{\"path\":\"", "", "{\"path\":5}"}; /* no schema lets them through */
  for (size_t i = 0; i < sizeof odd / sizeof odd[0]; ++i) {
    assert(component->create(&host, (mr_str){odd[i], strlen(odd[i])}, &self, &error) == MR_OK);
    assert(component->start(self, &error) == MR_FAILED_PRECONDITION);
    component->stop(self, 0);
    component->destroy(self);
  }
  puts("ok");
  return 0;
}
