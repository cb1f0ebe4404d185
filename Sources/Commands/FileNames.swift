// Names of files, for completing them.

internal import Glibc

enum FileNames {
  /// The paths that a text may become, those of folders with a slash at their ends; at most a
  /// thousand. Hidden files are offered to who types their dot. `~/` is not a folder's name here:
  /// nothing expands it.
  static func beginning(with text: String) -> [String] {
    let folder = text.lastIndex(of: "/").map { String(text[...$0]) } ?? ""
    let name = text.dropFirst(folder.count)
    guard let stream = opendir(folder.isEmpty ? "." : folder) else { return [] }
    defer { closedir(stream) }
    var found: [String] = []
    while found.count < 1000, let entry = readdir(stream) {
      // Safety: the entry lives until the next readdir; its name ends in a zero within 256 bytes.
      let file = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard file.hasPrefix(name), file != ".", file != "..",
        !file.hasPrefix(".") || name.hasPrefix(".")
      else { continue }
      var status = stat()
      let isFolder = stat(folder + file, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
      found.append(folder + file + (isFolder ? "/" : ""))
    }
    return found
  }
}
