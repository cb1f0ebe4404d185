// Child processes and temporary folders for tests. A child is killed by its own id when its owner
// goes, and only then.

internal import Glibc

/// Something a test needs and has not got.
struct MissingTool: Error, CustomStringConvertible {
  let description: String
}

/// A child process with its output in a file.
final class Child {
  let process: pid_t
  private var isReaped = false

  /// Starts `name`, found on the path, with its output in `log`.
  init(_ name: String, _ arguments: [String], log: String, waiting: Bool = false) throws {
    guard let path = Self.find(name) else {
      throw MissingTool(description: "\(name) is not installed: `make test` installs it")
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    // The thread of a test may block signals, which gdbserver could not do without.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    // Safety: the strings live until posix_spawn has copied them.
    var argv: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) }
    argv.append(nil)
    defer { for string in argv { free(string) } }
    var process: pid_t = 0
    let status = posix_spawn(&process, path, &actions, &attributes, argv, environ)
    guard status == 0 else { throw MissingTool(description: "\(path): error \(status)") }
    self.process = process
  }

  deinit { end() }

  /// Kills the process if it is still there.
  func end() {
    guard !isReaped else { return }
    kill(process, SIGKILL)
    waitpid(process, nil, 0)
    isReaped = true
  }

  /// Whether the process has not ended yet.
  var isRunning: Bool {
    guard !isReaped else { return false }
    if waitpid(process, nil, WNOHANG) == process { isReaped = true }
    return !isReaped
  }

  /// Runs a program to its end; throws with its output if it fails.
  static func run(_ name: String, _ arguments: [String], in folder: TemporaryFolder) throws {
    let log = folder.path + "/\(name).log"
    let child = try Child(name, arguments, log: log)
    var status: Int32 = 0
    waitpid(child.process, &status, 0)
    child.isReaped = true
    guard status == 0 else {
      throw MissingTool(description: "\(name) failed: \(contents(of: log))")
    }
  }

  static func find(_ name: String) -> String? {
    guard let path = getenv("PATH") else { return nil }
    for folder in String(cString: path).split(separator: ":") {
      let candidate = "\(folder)/\(name)"
      if access(candidate, X_OK) == 0 { return candidate }
    }
    return nil
  }
}

/// A folder of a short name that goes with its owner.
final class TemporaryFolder {
  let path: String

  init() throws {
    var template = Array("/tmp/porthole-test.XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw MissingTool(description: "no folder in /tmp") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    if let folder = opendir(path) {
      while let entry = readdir(folder) {
        // Safety: the name ends in a zero within the entry, which stays valid until the next one.
        let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
          pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != ".", name != ".." { unlink(path + "/" + name) }
      }
      closedir(folder)
    }
    rmdir(path)
  }
}

/// A file's text, empty if it cannot be read.
func contents(of path: String) -> String {
  guard let file = fopen(path, "r") else { return "" }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 65536)
  while true {
    let count = fread(&buffer, 1, buffer.count, file)
    guard count > 0 else { break }
    bytes += buffer[..<count]
  }
  return String(decoding: bytes, as: UTF8.self)
}

/// Waits until a condition holds, at most `seconds`; returns whether it did.
func eventually(seconds: Double = 10, _ condition: () throws -> Bool) rethrows -> Bool {
  for _ in 0..<Int(seconds * 200) {
    if try condition() { return true }
    usleep(5000)
  }
  return try condition()
}

/// The folder of the package.
let packageFolder: String = {
  var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
  parts.removeLast(4)
  return parts.joined(separator: "/")
}()
