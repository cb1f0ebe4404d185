// The registry: a folder with one folder an instance, made by `run`. A record counts only while its
// process is there; the folder of one that is gone without `stop` moves to `.ended`, so that its
// RAM and console can still be looked at for an hour.

internal import Glibc

/// The instances of this user on this machine.
public struct Registry: Sendable {
  /// The registry's folder.
  public var directory: String

  /// Seconds for which the folder of an instance that ended by itself is kept, and of how many.
  static let keptSeconds = 3600
  static let keptInstances = 8
  /// Seconds after which a folder without a record is no `run` that is just starting.
  static let startingSeconds = 60

  /// The registry in the folder that the environment says.
  public init() { directory = XDG.registry(XDG.environment) }

  /// A registry in a given folder.
  public init(directory: String) { self.directory = directory }

  /// The instances whose process is there, by name. Clears away what is stale.
  public func instances() -> [Instance] {
    var alive: [Instance] = []
    for name in Files.names(in: directory) where Instance.isName(name) {
      if let instance = read(name), instance.process.isAlive {
        alive.append(instance)
      } else {
        clear(name)
      }
    }
    clearEnded()
    return alive
  }

  /// The instances that ended by themselves and whose folder is kept, the latest first: their RAM
  /// and console can be looked at. `Files.modified` of the folder says when each was found gone.
  public func ended() -> [Instance] {
    let folder = directory + "/.ended"
    return Files.names(in: folder).compactMap { name in
      let instance = Self.record(in: "\(folder)/\(name)")
      return instance?.name == name ? instance : nil
    }
    .sorted { Files.modified($0.directory) ?? 0 > Files.modified($1.directory) ?? 0 }
  }

  /// The record in an instance's folder; nil if there is none that makes sense.
  public static func record(in folder: String) -> Instance? {
    Files.read(folder + "/instance.json", limit: 1 << 20).flatMap {
      Instance(record: $0, directory: folder)
    }
  }

  /// The instance with this name; `.nothingThere` with a hint if there is none.
  public func instance(named name: String) throws(LaunchError) -> Instance {
    if Instance.isName(name), let instance = read(name), instance.process.isAlive {
      return instance
    }
    let names = instances().map(\.name)
    let others =
      names.isEmpty
      ? "no instance is running; start one with `porthole run`"
      : "running: \(names.joined(separator: ", "))"
    let hint = Suggestion.text(for: name, among: names)
    throw LaunchError(.nothingThere, "there is no instance '\(name)'\(hint) (\(others))")
  }

  /// The only instance there is, for commands without a TARGET.
  public func onlyInstance() throws(LaunchError) -> Instance {
    let instances = instances()
    guard let only = instances.first else {
      throw LaunchError(.nothingThere, "no instance is running; start one with `porthole run`")
    }
    guard instances.count == 1 else {
      let names = instances.map(\.name).joined(separator: ", ")
      throw LaunchError(.usage, "several instances are running; name one of: \(names)")
    }
    return only
  }

  /// Makes the folder of a new instance and returns its path.
  func reserve(_ name: String) throws(LaunchError) -> String {
    guard Instance.isName(name) else {
      throw LaunchError(
        .usage,
        "'\(name)' cannot name an instance; use up to 32 letters, digits, dots, dashes, underscores"
      )
    }
    let path = "\(directory)/\(name)"
    guard "\(path)/console".utf8.count <= UnixSocket.pathLimit else {
      throw LaunchError(
        .failed,
        "\(path) is too long a path for unix sockets; set XDG_RUNTIME_DIR to a shorter folder")
    }
    try Files.makeFolder(directory)
    if let instance = read(name), !instance.process.isAlive { clear(name) }
    if read(name) == nil { clear(name) }
    guard mkdir(path, 0o700) == 0 else {
      guard errno == EEXIST else { throw LaunchError.system("cannot make \(path)") }
      throw LaunchError(
        .failed, "'\(name)' is already running; stop it (`porthole stop \(name)`) or use --name")
    }
    return path
  }

  /// A name that is free now: `wanted`, or `wanted-2` and so on.
  public func freeName(_ wanted: String) -> String {
    let taken = Set(instances().map(\.name))
    if !taken.contains(wanted) { return wanted }
    let stem = wanted.prefix(28)
    return (2...999).lazy.map { "\(stem)-\($0)" }.first { !taken.contains($0) } ?? wanted
  }

  private func read(_ name: String) -> Instance? {
    let instance = Self.record(in: "\(directory)/\(name)")
    return instance?.name == name ? instance : nil
  }

  /// Clears away the folder of an instance that is gone, or of a start that came to nothing.
  private func clear(_ name: String) {
    let path = "\(directory)/\(name)"
    guard let modified = Files.modified(path) else { return }
    if Files.isReadable(path + "/instance.json") {
      let ended = "\(directory)/.ended"
      guard (try? Files.makeFolder(ended)) != nil else { return }
      Files.removeFolder("\(ended)/\(name)")
      rename(path, "\(ended)/\(name)")
      // From now on it is kept, however long ago it was made.
      utimes("\(ended)/\(name)", nil)
    } else if time(nil) - modified > Self.startingSeconds {
      Files.removeFolder(path)
    }
  }

  private func clearEnded() {
    let ended = "\(directory)/.ended"
    let folders = Files.names(in: ended).map { "\(ended)/\($0)" }
      .sorted { Files.modified($0) ?? 0 > Files.modified($1) ?? 0 }
    for (index, path) in folders.enumerated() {
      if let modified = Files.modified(path),
        time(nil) - modified > Self.keptSeconds || index >= Self.keptInstances
      {
        Files.removeFolder(path)
      }
    }
  }
}
