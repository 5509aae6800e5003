// Which function is meant: a name, a partial ARN or a full ARN, with or without a qualifier, as the Invoke API takes
// them.
//
//   orders    orders:PROD    123456789012:function:orders    arn:aws:lambda:eu-west-1:123456789012:function:orders:7
//
// Thread-safe: pure functions.
#pragma once
#include <string>
#include <string_view>

namespace millrace::lambda_invoke {

struct FunctionName {
  std::string name;       // as configured, without the qualifier: what goes into the request's path
  std::string qualifier;  // version, alias, $LATEST; "" for none
  std::string region;     // of a full ARN, else ""
};

// Throws millrace::Error (MR4001) with the field at fault, /function or /qualifier.
FunctionName parse_function_name(std::string_view function, std::string_view qualifier);

// The request's path and query, "/2015-03-31/functions/orders/invocations?Qualifier=PROD" in its two parts; the name is
// percent-encoded, so that an ARN's colons travel as %3A.
std::string invocation_path(const FunctionName& function);
std::string invocation_query(const FunctionName& function);

// RFC 3986: everything but letters, digits and -._~ becomes %XX.
std::string percent_encode(std::string_view text);

}  // namespace millrace::lambda_invoke
