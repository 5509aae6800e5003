/* Sinks with one defect each, for the test of `millrace plugin check`: -DPLANT_NAME compiles the defect NAME in.
 *
 * Without a defect it answers "done" on the host's executor and passes every check. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "planted.h"

typedef struct instance {
  const mr_host* host;
  const mr_executor* executor;
  pthread_mutex_t mutex;
  mr_completion held[64];
  uint32_t held_count;
  int refuses;
} instance;

typedef struct work {
  mr_completion completion;
  instance* of;
} work;

static void answer(mr_completion to, uint32_t outcome) {
  const mr_result result = {.struct_size = sizeof result, .outcome = outcome, .detail = {"", 0}, .reason = {"", 0}};
  to.done(to.ctx, &result);
}
static void run(void* arg) {
  work* w = arg;
#ifdef PLANT_COMPLETES_BEFORE_STOP_RETURNS
  if (++w->of->held_count == 3) return;
#endif
  answer(w->completion, MR_DONE);
  free(w);
}

#ifdef PLANT_NO_CALL_AFTER_STOP
static void* later(void* arg) {
  instance* it = arg;
  usleep(150 * 1000);
  const mr_log* log = it->host->get_service(it->host->ctx, MR_LOG);
  if (log != NULL) log->enabled(it->host->ctx, MR_INFO);
  return NULL;
}
#endif

static mr_status create(const mr_host* host, mr_str config, void** self, mr_error* err) {
  (void)config;
  instance* it = calloc(1, sizeof *it);
  if (it == NULL) return err->code = MR_RESOURCE_EXHAUSTED;
  it->host = host;
  it->executor = host->get_service(host->ctx, MR_EXECUTOR);
  pthread_mutex_init(&it->mutex, NULL);
  *self = it;
  return MR_OK;
}
static void stop(void* self, uint64_t deadline_ns) {
  instance* it = self;
  (void)deadline_ns;
#ifdef PLANT_NO_CALL_AFTER_STOP
  if (it->held_count == 1) {
    it->held_count = 2;
    pthread_t thread;
    if (pthread_create(&thread, NULL, later, it) == 0) pthread_detach(thread);
  }
#endif
#ifdef PLANT_DEADLINE_HONOURED
  for (uint32_t i = 0; i < it->held_count; ++i) answer(it->held[i], MR_RETRY);
  it->held_count = 0;
#endif
  (void)it;
}
static void destroy(void* self) {
#ifndef PLANT_NO_CALL_AFTER_STOP
  free(self);
#else
  if (((instance*)self)->held_count == 0) free(self); /* else the thread has it */
#endif
}

static mr_status submit(void* self, const mr_request* request, mr_completion completion, mr_error* err) {
  instance* it = self;
  (void)request;
#ifdef PLANT_NO_CALL_AFTER_STOP
  it->held_count = 1;
#endif
#ifdef PLANT_DEADLINE_HONOURED
  if (it->held_count < 64) {
    it->held[it->held_count++] = completion;
    return MR_OK;
  }
#endif
#ifdef PLANT_BUSY_THEN_ACCEPTS
  if (it->refuses) {
    snprintf(err->message, sizeof err->message, "Busy.");
    return err->code = MR_UNAVAILABLE;
  }
#endif
  work* w = it->executor != NULL ? malloc(sizeof *w) : NULL;
  if (w == NULL) return err->code = MR_RESOURCE_EXHAUSTED;
  w->completion = completion;
  w->of = it;
#ifdef PLANT_ONE_COMPLETION_PER_SUBMIT
  if (it->held_count++ == 5) answer(completion, MR_DONE);
#endif
  if (it->executor->run_blocking(it->host->ctx, run, w) != MR_OK) {
    free(w);
    it->refuses = 1;
#ifdef PLANT_EXECUTOR_REFUSAL_ANSWERED_ONCE
    answer(completion, MR_BUSY);
#endif
    snprintf(err->message, sizeof err->message, "The executor is full.");
    return err->code = MR_UNAVAILABLE;
  }
  return MR_OK;
}

MR_EXPORT const mr_plugin* millrace_plugin_entry_v1(void) {
  static const mr_sink_v1 table = {.struct_size = sizeof table,
#ifndef PLANT_RESPECTS_MAX_IN_FLIGHT
                                   .max_in_flight = 4,
#endif
                                   .submit = submit};
  static const mr_component component = {.struct_size = sizeof component,
                                         .kind = MR_SINK,
                                         .type = "planted",
                                         .summary = "Answers done.",
                                         .config_schema = "{\"type\": \"object\"}",
                                         .vtable = &table,
                                         .create = create,
                                         .start = start_nothing,
                                         .stop = stop,
                                         .destroy = destroy};
  static const mr_component* const components[] = {&component};
  static const mr_plugin plugin = PLANTED_PLUGIN(components);
  return &plugin;
}
