internal import ArgumentParser
internal import Launcher

/// `porthole new`.
struct NewCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new",
    abstract: "Make a package for an application of your own.",
    discussion: """
      Makes a folder with a package that builds, runs and attaches like the samples, and prints its
      path. It refers to the kernel by the path of this checkout; that is one line of its
      Package.swift.

        porthole new Blinker
        porthole new ~/machines/Blinker --async
        porthole run Blinker
      """)

  @Argument(
    help: ArgumentHelp("The application's name, or a path that ends in it.", valueName: "NAME"))
  var path: String

  @Flag(name: .customLong("async"), help: "Begin with a task instead of callbacks.")
  var isAsync = false

  func run() throws {
    let builder = try ImageBuilder.locate()
    let parts = path.split(separator: "/", omittingEmptySubsequences: true)
    let name = parts.last.map(String.init) ?? ""
    if let objection = ApplicationTemplate.objection(to: name, taken: builder.modules) {
      throw Failure(.usage, "'\(name)' cannot name an application: \(objection)")
    }
    let template = ApplicationTemplate(name: name, isAsync: isAsync, kernel: builder.root)
    Output.line(try template.write(to: path, outside: builder.root))
    Talk.line("now: porthole run \(path)")
  }
}
