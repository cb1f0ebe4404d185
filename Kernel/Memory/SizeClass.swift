// The sizes of small blocks. Steps of 16 bytes to 128, then four to the octave, then the sizes
// that divide a page well: at most a fifth of a block is wasted beyond 128 bytes, except between
// 1,360 and 2,048. Every size is a multiple of 16; the powers of two are what aligned requests use.

/// The sizes that share pages, from 32 to 2,048 bytes.
enum SizeClass {
  /// How many classes there are.
  static let count = 20
  /// The largest request that is served from a class; anything above takes whole pages.
  static let largest = 2048

  /// The class that serves `size` bytes, 1 to `largest`.
  @inline(__always)
  static func index(for size: Int) -> Int {
    if size <= 128 { return size <= 32 ? 0 : (size &- 17) &>> 4 }
    if size <= 512 {
      // 129...256 is octave 7, 257...512 octave 8; the two bits below the leading one choose.
      let top = size &- 1
      let octave = 63 &- top.leadingZeroBitCount
      return 7 &+ (octave &- 7) &* 4 &+ ((top &>> (octave &- 2)) & 3)
    }
    if size <= 768 { return size <= 640 ? 15 : 16 }
    if size <= 1024 { return 17 }
    return size <= 1360 ? 18 : 19
  }

  /// The bytes of a block in class `index`, 0 to `count` - 1.
  static func size(of index: Int) -> Int {
    switch index {
    case 0..<7: return (index &+ 2) &* 16
    case 7..<15:
      let octave = 7 &+ (index &- 7) / 4
      return (1 &<< octave) &+ (((index &- 7) & 3) &+ 1) &* (1 &<< (octave &- 2))
    case 15: return 640
    case 16: return 768
    case 17: return 1024
    case 18: return 1360
    default: return 2048
    }
  }
}
