// Where files belong: the XDG base directories, from the environment.

internal import Glibc

/// The XDG base directories.
public enum XDG {
  /// The value of an environment variable; `nil` if it is unset or empty.
  public static func environment(_ name: String) -> String? {
    // Safety: getenv's string is copied before anything can change the environment.
    guard let value = unsafe getenv(name) else { return nil }
    let text = unsafe String(cString: value)
    return text.isEmpty ? nil : text
  }

  /// The folder of the instance registry.
  ///
  /// `$XDG_RUNTIME_DIR/porthole`, else `$XDG_STATE_HOME/porthole/run`, else
  /// `~/.local/state/porthole/run`. Relative values do not count, as the specification says.
  public static func registry(_ environment: (String) -> String?) -> String {
    if let runtime = absolute(environment("XDG_RUNTIME_DIR")) { return runtime + "/porthole" }
    if let state = absolute(environment("XDG_STATE_HOME")) { return state + "/porthole/run" }
    return (absolute(environment("HOME")) ?? "/tmp") + "/.local/state/porthole/run"
  }

  private static func absolute(_ path: String?) -> String? {
    guard var path, path.hasPrefix("/") else { return nil }
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
  }
}
