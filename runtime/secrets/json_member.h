// Picks one member of a JSON object without leaving copies of the others, or of itself, in memory that is not wiped.
//
// A general JSON parser keeps what it reads in strings of its own; this one walks the text in place and decodes only
// the member asked for, straight into a Secret. The whole text is checked, so half a file is not taken for a whole one.
//
// Thread-safe: one free function.
#pragma once

#include <string_view>

#include "runtime/secrets/secret.h"

namespace millrace::secrets {

enum class MemberError { kNone, kNotAnObject, kMissing };  // a null member is missing

// A string is decoded; a number, true or false is given as it is spelled; an object or array as its JSON text. Of a
// member that occurs twice the last counts, as in most parsers.
MemberError json_member(std::string_view json, std::string_view member, Secret& out);

}  // namespace millrace::secrets
