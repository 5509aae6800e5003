#include "runtime/cli/cli.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <functional>
#include <map>
#include <memory>

#include "runtime/cli/commands.h"
#include "runtime/cli/completion.h"
#include "runtime/cli/output.h"

namespace millrace::cli {

#ifdef MILLRACE_WITHOUT_RUN
int run_command(const RunOptions&) {
  return kExitUnavailable;
}
#endif
#ifdef MILLRACE_WITHOUT_DEV
int dev_command(const DevOptions&) {
  return kExitUnavailable;
}
#endif

namespace {

const std::map<std::string, Output> kAnswers = {
    {"table", Output::kTable}, {"json", Output::kJson}, {"yaml", Output::kYaml}};
const std::map<std::string, Output> kVerdicts = {{"text", Output::kText}, {"json", Output::kJson}};

class Program {
 public:
  Program() : app_("Brings Kafka records to functions, through plugins.", "millrace") {
    app_.require_subcommand(1);
    app_.fallthrough();  // --plugins and --config may stand behind the command too
    app_.footer(
        "Example:\n  millrace dev --once\n  millrace run pipelines/kafka_to_lambda.yaml\n\nmillrace COMMAND --help "
        "says more.");
    app_.add_option("--config", global_.config,
                    "The host's own file; default: $MILLRACE_CONFIG, /etc/millrace/millrace.yaml")
        ->type_name("FILE");
    app_.add_option("--plugins", global_.plugins, "A directory of plugins instead of the usual one; may be repeated")
        ->type_name("DIR")
        ->allow_extra_args(false);
    app_.set_version_flag("--version", "millrace " MILLRACE_VERSION);
    add_run();
    add_dev();
    add_validate();
    add_schema();
    add_explain();
    add_plugins();
    add_plugin();
    add_filter();
    add_dead_letters();
    add_version();
    add_completion();
    add_docs();
  }

  int run(int argc, const char* const* argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
      return refuse(e);
    }
    return command_();
  }

 private:
  // What goes wrong with the words is usage, exit 2; help and version are answers.
  int refuse(const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) {
      app_.exit(e, std::cout, std::cerr);
      return kExitOk;
    }
    const CLI::App* at = &app_;
    std::string words = "millrace";
    while (!at->get_subcommands().empty()) {
      at = at->get_subcommands().front();
      words += " " + at->get_name();
    }
    say("millrace: " + std::string(e.what()) + "\n  `" + words + " --help` shows what it takes.");
    return kExitUsage;
  }

  CLI::App* add(CLI::App& parent, const std::string& name, const std::string& what, const std::string& example) {
    CLI::App* command = parent.add_subcommand(name, what);
    command->footer("Example:\n  " + example);
    return command;
  }

  // Settings are read after the words are known to be right.
  void does(CLI::App* command, std::function<int(const HostSettings&)> action) {
    command->callback([this, action = std::move(action)] {
      command_ = [this, action] {
        const auto settings = settle(global_);
        return settings ? action(*settings) : kExitConfiguration;
      };
    });
  }

  void add_output(CLI::App* command, const std::map<std::string, Output>& forms) {
    std::string names;
    for (const auto& [name, form] : forms) names += (names.empty() ? "" : "|") + name;
    output_ = Output::kTable;
    command
        ->add_option_function<std::string>(
            "-o,--output",
            [this, forms, names](const std::string& name) {
              const auto found = forms.find(name);
              if (found == forms.end()) throw CLI::ValidationError("-o", "'" + name + "' is not one of " + names);
              output_ = found->second;
            },
            "How the answer is written")
        ->type_name(names);
  }

  void add_state(CLI::App* command) {
    command
        ->add_option("--state", global_.state,
                     "The state directory; default: $STATE_DIRECTORY, /var/lib/millrace, ~/.local/state/millrace")
        ->type_name("DIR");
  }

  void add_run() {
    CLI::App* command = add(app_, "run", "Run pipelines in the foreground until SIGINT or SIGTERM, then drain",
                            "millrace run pipelines/kafka_to_lambda.yaml");
    command->add_option("FILE", files_, "Pipeline files")->type_name("")->required();
    add_state(command);
    does(command, [this](const HostSettings& settings) { return run_command({.host = settings, .files = files_}); });
  }

  void add_dev() {
    CLI::App* command =
        add(app_, "dev", "Try a pipeline with an embedded broker and an embedded function",
            "millrace dev --once\n  millrace dev --pipeline orders.yaml --endpoint http://localhost:9001");
    command
        ->add_option("--pipeline", dev_.pipeline,
                     "A pipeline file of your own; its broker and credentials are replaced")
        ->type_name("FILE");
    command
        ->add_option("--endpoint", dev_.endpoint,
                     "A function of your own instead of the embedded one: a Lambda endpoint, or HOST:PORT for a "
                     "pipeline whose sink is grpc")
        ->type_name("URL");
    command->add_flag("--once", dev_.once, "End by itself with a summary");
    does(command, [this](const HostSettings& settings) {
      dev_.host = settings;
      return dev_command(dev_);
    });
  }

  void add_validate() {
    CLI::App* command = add(app_, "validate", "Check pipeline files and start nothing",
                            "millrace validate orders.yaml\n  millrace validate --show-defaults orders.yaml\n\nExit "
                            "code 78 when a file is not valid.");
    command->add_option("FILE", files_, "Pipeline files")->type_name("")->required();
    command->add_flag("--show-defaults", show_defaults_, "Print the file with every default filled in");
    add_output(command, kVerdicts);
    does(command,
         [this](const HostSettings& settings) { return validate_command(settings, files_, show_defaults_, output_); });
  }

  void add_schema() {
    CLI::App* command = add(app_, "schema", "Print the JSON Schema of a pipeline file, for editors",
                            "millrace schema > pipeline.schema.json\n\nThen begin a file with\n  # "
                            "yaml-language-server: $schema=pipeline.schema.json");
    does(command, schema_command);
  }

  void add_explain() {
    CLI::App* command =
        add(app_, "explain", "Say what an error id means and what to do about it", "millrace explain MR1203");
    command->add_option("id", name_, "The id in brackets behind a message")->type_name("ID")->required();
    add_output(command, kAnswers);
    does(command, [this](const HostSettings& settings) { return explain_command(settings, name_, output_); });
  }

  void add_plugins() {
    CLI::App* group = add(app_, "plugins", "What the loaded plugins offer", "millrace plugins list");
    group->require_subcommand(1);
    CLI::App* list = add(*group, "list", "List components; exit code 1 when a plugin file cannot be used",
                         "millrace plugins list -o json");
    add_output(list, kAnswers);
    does(list, [this](const HostSettings& settings) { return plugins_list_command(settings, output_); });
    CLI::App* describe =
        add(*group, "describe", "Describe a component and its fields", "millrace plugins describe lambda_invoke");
    describe->add_option("name", name_, "TYPE, KIND/TYPE or a plugin's name")->type_name("NAME")->required();
    add_output(describe, kAnswers);
    does(describe, [this](const HostSettings& settings) { return plugins_describe_command(settings, name_, output_); });
  }

  void add_plugin() {
    CLI::App* group = add(app_, "plugin", "For plugin authors: begin a plugin, check a plugin file",
                          "millrace plugin new filter keep_large\n  millrace plugin check build/filter_keep_large.so");
    group->require_subcommand(1);
    CLI::App* create = add(*group, "new", "Write the folder of a new plugin, which builds and runs as it stands",
                           "millrace plugin new filter keep_large\n  millrace plugin new sink spool --directory "
                           "~/plugins/spool\n\nThe README in the folder says how to build, test, check and run it.");
    create->add_option("kind", kind_, "source, auth, filter, encoder or sink")
        ->type_name("KIND")
        ->required()
        ->check(CLI::IsMember({"source", "auth", "filter", "encoder", "sink"}));
    create->add_option("name", name_, "The component's type, lower_snake_case: what a pipeline file names")
        ->type_name("NAME")
        ->required();
    create->add_option("--directory", directory_, "Where to write it; default: ./KIND_NAME")->type_name("DIR");
    does(create,
         [this](const HostSettings& settings) { return plugin_new_command(settings, kind_, name_, directory_); });
    CLI::App* check = add(*group, "check", "Check a plugin file against the rules of plugin.h",
                          "millrace plugin check build/sample.so\n  millrace plugin check build/sample.so --only "
                          "no-view-kept --in-process\n  millrace plugin check --list\n\nEach check runs in a process "
                          "of its own, with no network but the loopback.\nExit code 1 when a check fails or crashes.");
    check->add_option("FILE", plugin_check_.file, "The plugin's file, as it will be installed")->type_name("");
    check->add_flag("--list", plugin_check_.list, "List the checks and what each of them promises");
    check->add_option("--only", plugin_check_.only, "Run this check; may be repeated")
        ->type_name("NAME")
        ->allow_extra_args(false);
    check
        ->add_option("--config", plugin_check_.config,
                     "A configuration to use, YAML or JSON: a component's fields, or a list of them with `type`")
        ->type_name("FILE");
    check->add_option("--seed", plugin_check_.seed, "Replay what is random; a failure says its seed")
        ->type_name("N")
        ->default_str("1");
    check
        ->add_option("--decoder", plugin_check_.decoder,
                     "For encoders: a command that reads a body and writes {\"value\": BASE64} a line for each record")
        ->type_name("COMMAND");
    check->add_option("--timeout", plugin_check_.timeout_seconds, "How long one check may take")
        ->type_name("SECONDS")
        ->check(CLI::PositiveNumber)
        ->default_str("30");
    check->add_flag("--in-process", plugin_check_.in_process, "Run the checks in this process, for a debugger");
    check->add_flag("--network", plugin_check_.network, "Let the plugin reach what this machine reaches");
    check->add_flag_callback(
        "--json", [this] { output_ = Output::kJson; }, "The same as -o json");
    add_output(check, {{"table", Output::kTable}, {"json", Output::kJson}});
    does(check, [this](const HostSettings& settings) {
      plugin_check_.host = settings;
      plugin_check_.output = output_;
      return plugin_check_command(plugin_check_);
    });
  }

  void add_filter() {
    CLI::App* group = add(app_, "filter", "Try filter patterns",
                          R"(millrace filter eval --pattern '{"value": ["urgent"]}' --event urgent)");
    group->require_subcommand(1);
    CLI::App* eval = add(*group, "eval", "Say whether a pattern matches a record's value, and why",
                         R"(millrace filter eval --pattern '{"value": {"total": [{"numeric": [">", 100]}]}}' \
    --event '{"total": 250}'
  millrace filter eval --pattern @pattern.json --event @order.json -o json
  kcat -C -b localhost:9092 -t orders -c 1 | millrace filter eval --pattern @pattern.json --event -

Exit code 0 when it matches, 1 when it does not, 78 when the pattern is bad.
--batch reads lines {"pattern": "…", "event": "…"} and answers each with a line.)");
    CLI::Option* pattern =
        eval->add_option("--pattern", filter_.pattern, "The pattern with `value` on top; - for standard input, @FILE")
            ->type_name("P");
    CLI::Option* event =
        eval->add_option("--event", filter_.event, "The record's value; - for standard input, @FILE")->type_name("E");
    eval->add_flag("--batch", filter_.batch, "Read pairs as JSON lines from standard input")
        ->excludes(pattern)
        ->excludes(event);
    add_output(eval, kVerdicts);
    eval->callback([this, pattern, event] {
      if (!filter_.batch && (pattern->count() == 0 || event->count() == 0))
        throw CLI::RequiredError(pattern->count() == 0 ? "--pattern" : "--event");
      if (filter_.pattern == "-" && filter_.event == "-")
        throw CLI::ValidationError("--event", "standard input cannot be both the pattern and the event");
      command_ = [this] {
        filter_.output = output_;
        return filter_eval_command(filter_);
      };
    });
  }

  void add_dead_letters() {
    CLI::App* group = add(app_, "dead-letters", "Records that could not be delivered", "millrace dead-letters list");
    group->require_subcommand(1);
    CLI::App* list = add(*group, "list", "List them, of one pipeline or of all", "millrace dead-letters list orders");
    list->add_option("pipeline", name_, "A pipeline's name")->type_name("PIPELINE");
    add_state(list);
    add_output(list, kAnswers);
    does(list, [this](const HostSettings& settings) { return dead_letters_list_command(settings, name_, output_); });
    CLI::App* show =
        add(*group, "show", "Show them with key, headers and value", "millrace dead-letters show orders orders/0/15");
    show->add_option("pipeline", name_, "A pipeline's name")->type_name("PIPELINE")->required();
    show->add_option("position", position_, "TOPIC/PARTITION/OFFSET; default: all")->type_name("POSITION");
    add_state(show);
    add_output(show, kAnswers);
    does(show, [this](const HostSettings& settings) {
      return dead_letters_show_command(settings, name_, position_, output_);
    });
  }

  void add_version() {
    CLI::App* command = add(app_, "version", "Print the version", "millrace version -o json");
    add_output(command, kAnswers);
    command->callback([this] { command_ = [this] { return version_command(output_); }; });
  }

  void add_completion() {
    CLI::App* command =
        add(app_, "completion", "Print a completion script for a shell", "source <(millrace completion bash)");
    command->add_option("shell", name_, "Whose script")
        ->type_name("bash|zsh|fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    command->callback([this] {
      command_ = [this] {
        std::vector<CompletionCommand> picture;
        draw(app_, {}, picture);
        return answer(completion_script(name_, picture)) ? kExitOk : kExitFailed;
      };
    });
  }

  static void draw(const CLI::App& app, const std::vector<std::string>& path, std::vector<CompletionCommand>& picture) {
    CompletionCommand command{.path = path, .what = app.get_description(), .options = {}, .argument = {}};
    for (const CLI::Option* option : app.get_options()) {
      const bool takes_value = option->get_items_expected_max() > 0;
      // The pipeline files have no type in the help: their name says it.
      const std::string shown_as =
          option->get_type_name().empty() ? option->get_single_name() : option->get_type_name();
      const CompletionValue value = takes_value ? completion_value(shown_as) : CompletionValue{};
      if (option->get_positional()) {
        if (command.argument.kind == CompletionValue::Kind::kNone) command.argument = value;
        continue;
      }
      CompletionOption known{.names = {}, .what = option->get_description(), .value = value};
      for (const std::string& name : option->get_snames()) known.names.push_back("-" + name);
      for (const std::string& name : option->get_lnames()) known.names.push_back("--" + name);
      command.options.push_back(std::move(known));
    }
    picture.push_back(std::move(command));
    for (const CLI::App* below : app.get_subcommands([](const CLI::App* a) { return !a->get_group().empty(); })) {
      std::vector<std::string> longer = path;
      longer.push_back(below->get_name());
      draw(*below, longer, picture);
    }
  }

  void add_docs() {
    CLI::App* command = add(app_, "docs", "Print a generated page of the documentation", "millrace docs errors");
    command->group("");  // for `make docs` and its test, not for users
    command->add_option("page", name_, "pipeline or errors")->required()->check(CLI::IsMember({"pipeline", "errors"}));
    does(command, [this](const HostSettings& settings) { return docs_command(settings, name_); });
  }

  CLI::App app_;
  GlobalOptions global_;
  DevOptions dev_;
  PluginCheckOptions plugin_check_;
  FilterEvalOptions filter_;
  std::string kind_, directory_;
  std::vector<std::string> files_;
  std::string name_, position_;
  bool show_defaults_ = false;
  Output output_ = Output::kTable;
  std::function<int()> command_;
};

}  // namespace

int run_program(int argc, const char* const* argv) {
  return Program().run(argc, argv);
}

}  // namespace millrace::cli
