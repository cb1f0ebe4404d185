// The console: a serial port, or standard input and output. Output is buffered and never waits.
// `print` works too; it passes its text on byte by byte.

internal import Execution
internal import Machine

/// The instance's console.
public enum Console {
  /// Writes constant text; allocates nothing.
  public static func write(_ text: StaticString) {
    text.withUTF8Buffer { platform.write(UnsafeRawBufferPointer($0)) }
  }

  /// Writes text made at run time. Constant text takes the other overload, which keeps all of
  /// `String` out of an image that needs it for nothing else.
  @_disfavoredOverload
  public static func write(_ text: String) {
    // All strings of Embedded Swift are contiguous UTF-8; `withUTF8` would also link the rest.
    _ = text.utf8.withContiguousStorageIfAvailable { platform.write(UnsafeRawBufferPointer($0)) }
  }

  /// Calls `body` with each portion of input; the handler is named "console".
  public static func onInput(_ body: @escaping ([UInt8]) -> Void) {
    _ = System.loop.register("console", line: .console) {
      while true {
        let portion = [UInt8](unsafeUninitializedCapacity: 256) { buffer, count in
          count = platform.readConsole(into: UnsafeMutableRawBufferPointer(buffer))
        }
        if portion.isEmpty { return }
        body(portion)
      }
    }
  }
}
