// Generated documentation: a JSON Schema as a table of fields, the catalogue of errors as a page.
//
// The same schemas and tables that the program checks with and prints from, so the pages cannot say anything else; a
// test regenerates and compares them.
//
// Used by `plugins describe` and by the hidden `docs` command. Thread-safe: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "runtime/plugin/catalogue.h"

namespace millrace::cli {

// A Markdown table of the schema's fields, nested ones as `batch.size`; fields of later versions are listed after it.
std::string fields_as_markdown(std::string_view schema);
// The same as aligned text for a terminal.
std::string fields_as_text(std::string_view schema);

std::string pipeline_reference(const plugin::Catalogue& catalogue);  // docs/reference/pipeline.md
std::string errors_reference(const plugin::Catalogue& catalogue);    // docs/errors.md

}  // namespace millrace::cli
