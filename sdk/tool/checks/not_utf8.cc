#include "sdk/tool/sample_records.h"

namespace millrace::sdk_tool {

Check not_utf8() {
  return {.group = Group::kFilter,
          .says = "A filter has an answer for bytes that are no text, in key, value and headers.",
          .rule = "plugin.h, mr_bytes and mr_header",
          .remedy = "Treat keys, values and header names as bytes, and decide what invalid UTF-8 means: drop or keep.",
          .run = [](Trial& trial) {
            Live live(trial);
            live.must_start();
            std::vector<SampleRecord> records;
            for (const std::string& bytes :
                 {std::string("\xff"), std::string("\xc3"), std::string("\xed\xa0\x80"), std::string("a\0b", 3),
                  std::string("{\"a\":\"\xc0\xaf\"}"), std::string("\xf4\x90\x80\x80 text")}) {
              SampleRecord r;
              r.key = r.value = bytes;
              r.headers = {{bytes, bytes}};
              records.push_back(r);
            }
            trial.step("apply() to bytes that are not UTF-8");
            kept(live, PagedBatch(records), Outcome::kFail);
          }};
}

}  // namespace millrace::sdk_tool
