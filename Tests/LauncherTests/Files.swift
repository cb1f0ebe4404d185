// Files of the tests, each in a folder of its own.

internal import Glibc

/// Creates an empty folder for one test.
func temporaryFolder() -> String {
  var template = Array("/tmp/porthole-test-XXXXXX".utf8CString)
  // Safety: the template is a null-terminated buffer that mkdtemp fills in place.
  guard mkdtemp(&template) != nil else { return "/tmp" }
  return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
}

/// Removes a folder that `temporaryFolder` made, and everything in it.
func removeFolder(_ path: String) {
  guard path.hasPrefix("/tmp/porthole-test-") else { return }
  _ = system("rm -rf \(path)")
}

/// Writes a file; `false` if that failed.
func write(_ text: String, to path: String) -> Bool {
  guard let file = fopen(path, "w") else { return false }
  let bytes = Array(text.utf8)
  let written = fwrite(bytes, 1, bytes.count, file)
  return fclose(file) == 0 && written == bytes.count
}

/// Reads a whole file; `nil` if that failed.
func contents(of path: String) -> String? {
  guard let file = fopen(path, "r") else { return nil }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 65536)
  while true {
    let count = fread(&buffer, 1, buffer.count, file)
    if count == 0 { return String(decoding: bytes, as: UTF8.self) }
    bytes.append(contentsOf: buffer.prefix(count))
  }
}
