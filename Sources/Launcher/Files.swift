// Files, without Foundation: small whole files, atomic replacement, folders.

public import Glibc

/// Small helpers around the file system.
public enum Files {
  /// Reads a whole file of at most `limit` bytes; `nil` if it cannot be read or is larger.
  public static func read(_ path: String, limit: Int = 16 << 20) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    let bytes = drain(descriptor, limit: limit)
    return bytes.count <= limit ? bytes : nil
  }

  /// Reads up to `count` bytes from `offset` on; `nil` if the file cannot be read.
  static func read(_ path: String, from offset: Int, count: Int) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: count)
    let got = pread(descriptor, &buffer, count, offset)
    return got < 0 ? nil : Array(buffer.prefix(got))
  }

  /// Reads a descriptor to its end, or to a little over `limit` bytes.
  static func drain(_ descriptor: Int32, limit: Int = 16 << 20) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while bytes.count <= limit {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      bytes.append(contentsOf: buffer.prefix(count))
    }
    return bytes
  }

  /// Reads a whole file as text, invalid UTF-8 replaced; `nil` as for `read`.
  public static func text(_ path: String) -> String? {
    read(path).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Replaces a file in one step: readers see the old bytes or the new ones.
  public static func replace(
    _ path: String, with bytes: [UInt8], mode: mode_t = 0o600
  ) throws(LaunchError) {
    let draft = "\(path).\(getpid())"
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw LaunchError.system("cannot write \(path)") }
    let isWritten = write(bytes, to: descriptor)
    guard close(descriptor) == 0, isWritten, rename(draft, path) == 0 else {
      let error = LaunchError.system("cannot write \(path)")
      unlink(draft)
      throw error
    }
  }

  /// Writes all bytes to a descriptor; `false` on an error.
  public static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var offset = 0
    while offset < bytes.count {
      // Safety: the pointer is used within the closure, within the array's bounds.
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.write(
          descriptor, buffer.baseAddress?.advanced(by: offset), bytes.count - offset)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      offset += count
    }
    return true
  }

  /// Makes a folder with mode 0700, and the folders above it.
  public static func makeFolder(_ path: String) throws(LaunchError) {
    if isFolder(path) { return }
    if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
      try makeFolder(String(path[..<slash]))
    }
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
      throw LaunchError.system("cannot make the folder \(path)")
    }
  }

  /// Whether a folder is there.
  public static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The absolute path of what is there, without links; `nil` if it is not there.
  public static func absolute(_ path: String) -> String? {
    // Safety: realpath allocates the text, which is copied and then freed here.
    guard let text = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(text) }
    return unsafe String(cString: text)
  }

  /// Whether a file is there that can be read.
  public static func isReadable(_ path: String) -> Bool { access(path, R_OK) == 0 }

  /// Seconds since 1970 at which a file was last changed; `nil` if it is not there.
  public static func modified(_ path: String) -> Int? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mtim.tv_sec : nil
  }

  /// The latest change of a file, or of anything in a folder and its folders; 0 if it is not there.
  static func newest(_ path: String, depth: Int = 8) -> Int {
    let own = modified(path) ?? 0
    guard depth > 0, isFolder(path) else { return own }
    return names(in: path).reduce(own) { max($0, newest("\(path)/\($1)", depth: depth - 1)) }
  }

  /// The names in a folder, sorted; empty if it cannot be read.
  public static func names(in path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    // Safety: readdir's entry is valid until the next call, and its name is null-terminated.
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { field in
        unsafe field.withMemoryRebound(to: CChar.self, capacity: 256) {
          unsafe String(cString: $0)
        }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Removes a file. What is not there is no error.
  static func remove(_ path: String) { unlink(path) }

  /// Removes a folder and the files in it, one level deep. What is not there is no error.
  public static func removeFolder(_ path: String) {
    for name in names(in: path) { unlink("\(path)/\(name)") }
    rmdir(path)
  }
}

extension LaunchError {
  /// A failure of a system call just made: `what` and the system's words for `errno`.
  static func system(_ what: String) -> LaunchError {
    LaunchError(.failed, "\(what): \(errorText(errno))")
  }
}

/// The system's words for an error number.
func errorText(_ number: Int32) -> String {
  // Safety: strerror returns a null-terminated string, valid until the next call on this thread.
  unsafe String(cString: strerror(number))
}
