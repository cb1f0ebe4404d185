/// The address of a stored property of an object or of a global, which is where it stays.
///
/// Not of anything else: a local variable, or a value that a getter makes, is somewhere else the
/// next time.
// Safety: a stored property of a final class is passed in place; only its address is used.
@inlinable
public func publishedPlace<T: ~Copyable>(of property: inout T) -> UnsafeRawPointer {
  withUnsafeMutablePointer(to: &property) { UnsafeRawPointer($0) }
}
