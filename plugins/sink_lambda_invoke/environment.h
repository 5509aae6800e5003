// The process's environment as a function, so that tests give one of their own and no setting leaks into them.
#pragma once
#include <functional>
#include <string>

namespace millrace::lambda_invoke {

// The variable's value, "" when it is unset.
using Environment = std::function<std::string(const char* name)>;

}  // namespace millrace::lambda_invoke
