// The files of this checkout, as the tidy tests see them.

internal import Glibc

/// One text file of the tree.
struct SourceFile: CustomStringConvertible {
  /// Its path from the root.
  let path: String
  let lines: [Substring]

  var description: String { path }
  var name: Substring { path.split(separator: "/").last ?? "" }
  var isSwift: Bool { path.hasSuffix(".swift") }

  /// The folder that stands for its module: `Sources/Symbols`, `Kernel/CX86`.
  var module: String { path.split(separator: "/").prefix(2).joined(separator: "/") }
}

/// Everything that git tracks here.
enum SourceTree {
  static let root: String = {
    var parts = #filePath.split(separator: "/")
    parts.removeLast(3)
    return "/" + parts.joined(separator: "/")
  }()

  /// The paths of all tracked files, as `git ls-files` prints them.
  static let paths: [String] = {
    guard let pipe = popen("git -C '\(root)' ls-files --cached --others --exclude-standard", "r")
    else { return [] }
    defer { pclose(pipe) }
    return String(decoding: contents(of: pipe), as: UTF8.self).split(separator: "\n").map(
      String.init)
  }()

  static let files: [SourceFile] = paths.compactMap { path in
    let endings = [".swift", ".c", ".h", ".S", ".sh", ".md", ".ld", ".modulemap"]
    guard endings.contains(where: { path.hasSuffix($0) }) || path == "Makefile" else { return nil }
    guard let file = fopen(root + "/" + path, "r") else { return nil }
    defer { fclose(file) }
    let text = String(decoding: contents(of: file), as: UTF8.self)
    return SourceFile(
      path: path, lines: text.split(separator: "\n", omittingEmptySubsequences: false))
  }

  private static func contents(of file: UnsafeMutablePointer<FILE>) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      // Safety: fread writes at most buffer.count bytes into the buffer it is lent.
      let count = buffer.withUnsafeMutableBytes { fread($0.baseAddress, 1, $0.count, file) }
      if count == 0 { return bytes }
      bytes += buffer[0..<count]
    }
  }
}
