// Swift names, from the mangled form that linkers know to the form that people read.

internal import Glibc

/// The demangler of the Swift runtime that this tool is linked with.
///
/// Safety: the declaration repeats `swift_demangle` of the runtime (include/swift/Demangling/
/// Demangle.h, stable since Swift 4): a buffer of its own is malloc'ed when none is given, and
/// the caller frees it.
@_silgen_name("swift_demangle")
private func swiftDemangle(
  _ name: UnsafePointer<UInt8>?, _ length: UInt, _ buffer: UnsafeMutablePointer<CChar>?,
  _ bufferSize: UnsafeMutablePointer<UInt>?, _ flags: UInt32
) -> UnsafeMutablePointer<CChar>?

/// The demangler of the C++ runtime that Swift's own runtime is linked with.
///
/// Safety: the declaration repeats `abi::__cxa_demangle` of the Itanium C++ ABI, section 3.4: a
/// buffer is malloc'ed when none is given, and the caller frees it.
@_silgen_name("__cxa_demangle")
private func cxxDemangle(
  _ name: UnsafePointer<CChar>, _ buffer: UnsafeMutablePointer<CChar>?,
  _ length: UnsafeMutablePointer<UInt>?, _ status: UnsafeMutablePointer<Int32>?
) -> UnsafeMutablePointer<CChar>?

/// Turns mangled names into readable ones.
public enum Demangler {
  /// Returns the short form of a Swift name, `Counter.beat(count:)`, or of a C++ name with its
  /// parameters, as gdb prints it. Other names are unchanged. Cost: about 2 us.
  public static func demangle(_ mangled: String) -> String {
    if mangled.hasPrefix("_Z") { return cxx(mangled) ?? mangled }
    guard let full = full(mangled) else { return mangled }
    return DemangledName.short(full)
  }

  /// Returns a C++ name in readable form; `nil` if it is none, or too long to be one of ours.
  private static func cxx(_ mangled: String) -> String? {
    guard mangled.utf8.count <= 4096 else { return nil }
    // Safety: the C string lives during the call; the answer is freed once it is read.
    guard let answer = mangled.withCString({ cxxDemangle($0, nil, nil, nil) }) else { return nil }
    defer { free(answer) }
    return String(cString: answer)
  }

  /// Returns a Swift name with all modules, types and attributes; `nil` if it is no Swift name.
  public static func full(_ mangled: String) -> String? {
    var text = mangled
    return text.withUTF8 { name -> String? in
      guard isMangled(name) else { return nil }
      // Safety: `name` is valid for its count during this call; the answer is freed once read.
      guard
        let answer = swiftDemangle(name.baseAddress, UInt(name.count), nil, nil, 0)
      else { return nil }
      defer { free(answer) }
      return String(cString: answer)
    }
  }

  /// Whether a name begins like a Swift one: `$s`, `$S`, `$e`, `_T0`, with or without a leading
  /// underscore, and is not so long that demangling could take long.
  private static func isMangled(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
    guard name.count > 2, name.count <= 4096 else { return false }
    let first = name[0] == 0x5f ? 1 : 0
    guard name[first] == 0x24, name.count > first + 2 else { return false }
    return [0x73, 0x53, 0x65].contains(name[first + 1])
  }
}
