// Builds an application as the tool does, through Kernel/Boot/build.sh, and reads the result.

import Glibc
import Synchronization
import Testing

/// One application's image in both of its forms.
struct BuiltImage {
  /// What boots.
  let stripped: ELFFile
  /// What the debugger reads.
  let full: ELFFile

  private static let built = Mutex<[String: BuiltImage]>([:])

  /// The image of `product`, with or without the agent, built once in a run of the tests.
  static func of(
    _ product: String, _ configuration: String, agent: Bool = false
  ) throws -> BuiltImage {
    let folder = configuration + (agent ? "-agent" : "")
    return try built.withLock { built in
      if let image = built[product + folder] { return image }
      let words = agent ? ["--agent"] : []
      let image = try BuiltImage(
        words + ["x86_64", product, configuration], "\(folder)/\(product)")
      built[product + folder] = image
      return image
    }
  }

  private init(_ words: [String], _ name: String) throws {
    let root = Self.root
    let status = Self.run(["sh", root + "/Kernel/Boot/build.sh"] + words)
    try #require(status == 0, "build.sh ended with status \(status)")
    let path = root + "/.build-x86_64/images/" + name
    stripped = try ELFFile(path: path)
    full = try ELFFile(path: path + ".elf")
  }

  /// The package's folder, from where this file stands in it.
  static var root: String {
    #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
  }

  /// Runs a command to its end; its output joins standard error. Returns its exit status.
  static func run(_ words: [String]) -> Int32 {
    var arguments = words.map { strdup($0) }
    arguments.append(nil)
    defer { for argument in arguments { free(argument) } }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, 2, 1)
    var child = pid_t()
    guard posix_spawnp(&child, words[0], &actions, nil, arguments, environ) == 0 else { return -1 }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 && errno == EINTR {}
    return status & 0x7f == 0 ? status >> 8 & 0xff : -1
  }
}
