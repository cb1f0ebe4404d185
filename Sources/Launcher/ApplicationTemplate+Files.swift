// Writing a new application's package. Nothing that is there is ever overwritten.

internal import Glibc

extension ApplicationTemplate {
  /// Writes the package into a new folder and returns its absolute path.
  ///
  /// - Throws: `.usage` if something is there already, or if the folder would stand inside
  ///   `repository`; `.failed` if it cannot be written.
  public func write(to path: String, outside repository: String) throws(LaunchError) -> String {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    let parent = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    guard access(path, F_OK) != 0 else {
      throw LaunchError(.usage, "\(path) is already there; it was left as it is")
    }
    guard let home = Files.absolute(parent), Files.isFolder(home) else {
      throw LaunchError(.usage, "there is no folder \(parent) to make \(name) in")
    }
    guard !(home + "/").hasPrefix((Files.absolute(repository) ?? repository) + "/") else {
      throw LaunchError(
        .usage,
        "\(path) would stand inside Porthole's own repository; give a path elsewhere, such as "
          + "`porthole new ~/\(name)`")
    }
    let folder = home + "/" + name
    for file in try files() {
      let target = "\(folder)/\(file.path)"
      if let slash = target.lastIndex(of: "/") { try make(String(target[..<slash])) }
      try Files.replace(target, with: Array(file.text.utf8), mode: 0o644)
    }
    return folder
  }

  private func make(_ folder: String) throws(LaunchError) {
    guard mkdir(folder, 0o755) == 0 || errno == EEXIST else {
      throw LaunchError.system("cannot make the folder \(folder)")
    }
  }
}
