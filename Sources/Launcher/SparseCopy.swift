// Copying memory from one file to another, holes left out: what a guest never used takes neither
// time nor room.

internal import CLinux
internal import Glibc

/// Copies between open files.
public enum SparseCopy {
  /// lseek(2)'s `SEEK_DATA` and `SEEK_HOLE`, which the C library shows only to those that ask for
  /// GNU's extensions.
  private static let (seekData, seekHole) = (Int32(3), Int32(4))

  /// Copies `count` bytes at `offset` of one file to `place` of another, but for holes, which it
  /// must have there already. Returns how many bytes were copied; nil with `errno` set on failure.
  ///
  /// The kernel copies, or shares the blocks where the file system can.
  public static func copy(
    from source: Int32, at offset: UInt64, count: UInt64, to target: Int32, at place: UInt64
  ) -> UInt64? {
    var copied: UInt64 = 0
    var position = off_t(offset)
    let end = off_t(offset + count)
    while position < end {
      let data = lseek(source, position, seekData)
      if data < 0, errno == ENXIO { break }
      guard data >= 0 else { return nil }
      guard data < end else { break }
      let hole = min(end, max(data + 1, lseek(source, data, seekHole)))
      let there = off_t(place) + (data - off_t(offset))
      guard run(from: source, at: data, count: Int(hole - data), to: target, at: there) else {
        return nil
      }
      copied += UInt64(hole - data)
      position = hole
    }
    return copied
  }

  private static func run(
    from source: Int32, at offset: off_t, count: Int, to target: Int32, at place: off_t
  ) -> Bool {
    var (from, to, left) = (offset, place, count)
    while left > 0 {
      let done = linux_copy_range(source, &from, target, &to, left)
      if done < 0, errno == EINTR { continue }
      // Not between these files: by hand.
      if done <= 0 { return byHand(source, from, left, target, to) }
      left -= done
    }
    return true
  }

  private static func byHand(
    _ source: Int32, _ offset: off_t, _ count: Int, _ target: Int32, _ place: off_t
  ) -> Bool {
    var buffer = [UInt8](repeating: 0, count: min(count, 1 << 20))
    var done = 0
    while done < count {
      let got = pread(source, &buffer, min(buffer.count, count - done), offset + off_t(done))
      if got < 0, errno == EINTR { continue }
      guard got > 0, pwrite(target, buffer, got, place + off_t(done)) == got else { return false }
      done += got
    }
    return true
  }
}
