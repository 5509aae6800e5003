#include "function_name.h"

#include <gtest/gtest.h>

#include <millrace/error.hpp>

namespace millrace::lambda_invoke {
namespace {

std::string message(std::string_view function, std::string_view qualifier = "") {
  try {
    parse_function_name(function, qualifier);
  } catch (const Error& error) {
    EXPECT_EQ(error.id(), "MR4001");
    return error.field() + ": " + error.what();
  }
  return "accepted";
}

TEST(FunctionName, TakesNamesPartialAndFullArnsWithAndWithoutAQualifier) {
  FunctionName f = parse_function_name("my-function_1", "");
  EXPECT_EQ(f.name, "my-function_1");
  EXPECT_EQ(f.qualifier, "");
  EXPECT_EQ(f.region, "");
  EXPECT_EQ(invocation_path(f), "/2015-03-31/functions/my-function_1/invocations");
  EXPECT_EQ(invocation_query(f), "");

  f = parse_function_name("orders:PROD", "");
  EXPECT_EQ(f.name, "orders");
  EXPECT_EQ(invocation_query(f), "Qualifier=PROD");

  f = parse_function_name("123456789012:function:orders:$LATEST", "");
  EXPECT_EQ(f.name, "123456789012:function:orders");
  EXPECT_EQ(invocation_path(f), "/2015-03-31/functions/123456789012%3Afunction%3Aorders/invocations");
  EXPECT_EQ(invocation_query(f), "Qualifier=%24LATEST");

  f = parse_function_name("arn:aws-cn:lambda:cn-north-1:123456789012:function:orders", "7");
  EXPECT_EQ(f.name, "arn:aws-cn:lambda:cn-north-1:123456789012:function:orders");
  EXPECT_EQ(f.region, "cn-north-1");
  EXPECT_EQ(f.qualifier, "7");

  f = parse_function_name("arn:aws:lambda:eu-west-1:123456789012:function:orders:PROD", "PROD");
  EXPECT_EQ(f.name, "arn:aws:lambda:eu-west-1:123456789012:function:orders");
  EXPECT_EQ(f.qualifier, "PROD");
}

TEST(FunctionName, SaysWhichPartIsWrong) {
  EXPECT_EQ(message(""), "/function: The function's name is empty.");
  EXPECT_EQ(message("my function"),
            "/function: 'my function': a name has letters, digits, '-' and '_' only, and is not empty.");
  EXPECT_EQ(message("../admin"),
            "/function: '../admin': a name has letters, digits, '-' and '_' only, and is not empty.");
  EXPECT_EQ(message(":PROD"), "/function: ':PROD': a name has letters, digits, '-' and '_' only, and is not empty.");
  EXPECT_EQ(message("orders:"), "/function: A qualifier has 1 to 128 characters.");
  EXPECT_EQ(message("orders:$OLD"), "/function: '$OLD' is no qualifier: only $LATEST begins with a dollar sign.");
  EXPECT_EQ(message("orders", "a b"), "/qualifier: 'a b' is no qualifier: it has letters, digits, '-' and '_' only.");
  EXPECT_EQ(message("orders:PROD", "TEST"),
            "/qualifier: The function already ends in the qualifier 'PROD', which is not 'TEST'.");
  EXPECT_EQ(message("12345:function:orders"),
            "/function: '12345:function:orders': a partial ARN begins with an account id of 12 digits.");
  EXPECT_EQ(message("123456789012:function"), "/function: '123456789012:function' ends before the function's name.");
  EXPECT_EQ(message("123456789012:layer:orders"),
            "/function: '123456789012:layer:orders' is no partial ARN: that is ACCOUNT:function:NAME, with or without "
            "a qualifier.");
  EXPECT_EQ(message("arn:aws:lambda:eu-west-1:123456789012:function"),
            "/function: 'arn:aws:lambda:eu-west-1:123456789012:function' is no function's ARN: that has 7 parts, or 8 "
            "with a qualifier.");
  EXPECT_EQ(message("arn:aws:sqs:eu-west-1:123456789012:queue:orders"),
            "/function: 'arn:aws:sqs:eu-west-1:123456789012:queue:orders' is an ARN of sqs, not of lambda.");
  EXPECT_EQ(message("arn:aws:lambda:eu-west-1:1234:function:orders"),
            "/function: 'arn:aws:lambda:eu-west-1:1234:function:orders': an account id has 12 digits.");
  EXPECT_EQ(message("arn:aws:lambda:eu-west-1:123456789012:layer:orders"),
            "/function: 'arn:aws:lambda:eu-west-1:123456789012:layer:orders' names a layer, not a function.");
  EXPECT_EQ(message(std::string(300, 'a')), "/function: The function's name is longer than 256 characters.");
}

TEST(FunctionName, LetsNothingIntoTheUrlThatIsNotEncoded) {
  EXPECT_EQ(percent_encode("aZ0-._~"), "aZ0-._~");
  EXPECT_EQ(percent_encode(":/?#&=% \xc3\xab\n"), "%3A%2F%3F%23%26%3D%25%20%C3%AB%0A");
}

}  // namespace
}  // namespace millrace::lambda_invoke
