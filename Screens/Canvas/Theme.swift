// How roles look. Colours of text on nothing are chosen to be about equally far from black and from
// white, as the terminal's background is unknown; surfaces bring their own background. Every
// signal has an attribute beside its colour, for terminals and people without.

/// A colour in the three forms that terminals take.
public struct Ink: Hashable, Sendable {
  /// One of the 8 basic colours.
  public let basic: UInt8
  /// One of the 256 of xterm's palette, from 16 on.
  public let palette: UInt8

  /// Creates a colour.
  init(_ palette: UInt8, basic: UInt8) {
    self.palette = palette
    self.basic = basic
  }

  /// The colour as 0xRRGGBB, by xterm's palette.
  public var rgb: UInt32 {
    let levels: [UInt32] = [0, 0x5f, 0x87, 0xaf, 0xd7, 0xff]
    let index = Int(palette)
    if index >= 232 {
      let grey = UInt32(8 + (index - 232) * 10)
      return grey << 16 | grey << 8 | grey
    }
    guard index >= 16 else { return 0 }
    let place = index - 16
    return levels[place / 36] << 16 | levels[place / 6 % 6] << 8 | levels[place % 6]
  }
}

/// What a style looks like.
public struct Appearance: Hashable, Sendable {
  /// `nil` is the terminal's own.
  public var foreground: Ink?
  public var background: Ink?
  public var isBold = false
  public var isDim = false
  public var isUnderlined = false
  public var isReversed = false
}

/// How many colours a terminal shows.
public enum ColorDepth: Int, Comparable, Sendable {
  case none = 0
  case basic = 8
  case palette = 256
  case direct = 16_777_216

  public static func < (left: ColorDepth, right: ColorDepth) -> Bool {
    left.rawValue < right.rawValue
  }
}

/// How roles look: chosen by a person, for an eye and a background.
public enum Theme: String, CaseIterable, Sendable {
  /// On a background that may be dark or light.
  case standard = "default"
  /// On a light background.
  case light
  /// Attributes only.
  case mono
  /// White and strong colours on black.
  case contrast

  /// Returns how a style looks on a terminal with so many colours.
  public func appearance(_ style: Style, depth: ColorDepth) -> Appearance {
    switch self {
    case .standard: return Self.appearance(style, depth: depth)
    case .mono: return Self.appearance(style, depth: .none)
    case .light, .contrast: break
    }
    var look = Self.appearance(style, depth: depth)
    guard depth >= .palette else { return look }
    if self == .light {
      look.foreground = style.isFaded ? Ink(244, basic: 7) : Self.onLight(style.role)
      switch style.surface {
      case .base: look.background = nil
      case .bar: look.background = Ink(254, basic: 7)
      case .selection: look.background = Ink(153, basic: 6)
      case .currentLine: look.background = Ink(230, basic: 7)
      case .overlay: look.background = Ink(255, basic: 7)
      case .application: look.background = Ink(229, basic: 3)
      case .kernel: look.background = Ink(195, basic: 6)
      case .runtime: look.background = Ink(225, basic: 5)
      case .noCode: look.background = Ink(254, basic: 7)
      case .more: look.background = Ink(224, basic: 1)
      case .less: look.background = Ink(189, basic: 4)
      }
    } else {
      let isInverse =
        style.surface == .selection || style.surface == .bar
        || style.surface.rawValue >= Surface.application.rawValue
      look.foreground =
        isInverse
        ? Ink(16, basic: 0) : style.isFaded ? Ink(248, basic: 7) : Self.onBlack(style.role)
      look.background =
        switch style.surface {
        case .selection: Ink(226, basic: 3)
        case .bar: Ink(231, basic: 7)
        case .application: Ink(228, basic: 3)
        case .kernel: Ink(159, basic: 6)
        case .runtime: Ink(219, basic: 5)
        case .noCode: Ink(250, basic: 7)
        case .more: Ink(217, basic: 1)
        case .less: Ink(153, basic: 4)
        case .base, .currentLine, .overlay: Ink(16, basic: 0)
        }
      if style.surface == .currentLine { look.isUnderlined = true }
    }
    return look
  }

  /// Dark enough to be read on white.
  private static func onLight(_ role: Role) -> Ink {
    switch role {
    case .plain, .activeTitle, .number: Ink(16, basic: 0)
    case .quiet, .rule, .comment: Ink(240, basic: 0)
    case .title, .name, .mnemonic, .key: Ink(24, basic: 4)
    case .address, .keyword: Ink(54, basic: 5)
    case .type: Ink(23, basic: 6)
    case .string, .good: Ink(22, basic: 2)
    case .changed, .current, .warning: Ink(94, basic: 3)
    case .breakpoint, .error: Ink(124, basic: 1)
    case .match: Ink(89, basic: 5)
    }
  }

  /// Bright enough for any eye on black.
  private static func onBlack(_ role: Role) -> Ink {
    switch role {
    case .plain, .activeTitle, .number, .title: Ink(231, basic: 7)
    case .quiet, .rule, .comment: Ink(252, basic: 7)
    case .name, .mnemonic, .key: Ink(51, basic: 6)
    case .address, .keyword: Ink(219, basic: 5)
    case .type: Ink(159, basic: 6)
    case .string, .good: Ink(118, basic: 2)
    case .changed, .current, .warning: Ink(226, basic: 3)
    case .breakpoint, .error: Ink(217, basic: 1)
    case .match: Ink(213, basic: 5)
    }
  }

  private static func appearance(_ style: Style, depth: ColorDepth) -> Appearance {
    var look = Appearance()
    switch style.role {
    case .title, .activeTitle, .current, .changed, .error, .key, .keyword, .breakpoint:
      look.isBold = true
    case .warning, .match: look.isBold = true
    case .plain, .quiet, .rule, .name, .address, .number, .type, .string, .comment, .mnemonic,
      .good:
      break
    }
    if style.role == .changed || style.role == .match { look.isUnderlined = true }
    if depth == .none {
      look.isDim = style.isFaded || style.role == .quiet || style.role == .rule
      look.isReversed = style.surface == .selection || style.surface == .bar
      if style.surface == .currentLine { look.isBold = true }
      return look
    }
    let isDark = style.surface != .base
    look.foreground = isDark ? onDark(style.role) : onAny(style.role)
    switch style.surface {
    case .base: break
    case .bar: look.background = Ink(236, basic: 0)
    case .selection: look.background = Ink(24, basic: 4)
    case .currentLine: look.background = Ink(237, basic: 0)
    case .overlay: look.background = Ink(235, basic: 0)
    case .application: look.background = Ink(58, basic: 3)
    case .kernel: look.background = Ink(23, basic: 6)
    case .runtime: look.background = Ink(53, basic: 5)
    case .noCode: look.background = Ink(238, basic: 0)
    case .more: look.background = Ink(88, basic: 1)
    case .less: look.background = Ink(19, basic: 4)
    }
    if style.isFaded {
      look.foreground = isDark ? Ink(251, basic: 7) : Ink(244, basic: 7)
      look.isBold = false
      look.isDim = depth == .basic
    }
    if depth == .basic {
      // Eight colours have no greys: attributes do what greys do elsewhere.
      if style.surface == .bar || style.surface == .selection {
        look.foreground = nil
        look.background = nil
        look.isReversed = true
        if style.surface == .selection { look.isBold = true }
      } else if style.surface.rawValue >= Surface.application.rawValue {
        // Boxes: the terminal's own background as text on the box's colour.
        look.foreground = style.surface == .noCode ? nil : look.background
        look.background = nil
        look.isReversed = style.surface != .noCode
      } else {
        look.background = nil
        if style.role == .quiet || style.role == .rule { look.isDim = true }
      }
    }
    return look
  }

  /// Colours on the terminal's own background, light or dark.
  private static func onAny(_ role: Role) -> Ink? {
    switch role {
    case .plain, .activeTitle: nil
    case .quiet, .rule, .comment: Ink(244, basic: 7)
    case .title: Ink(67, basic: 6)
    case .name: Ink(31, basic: 6)
    case .address: Ink(98, basic: 5)
    case .number: nil
    case .type: Ink(66, basic: 6)
    case .keyword: Ink(98, basic: 5)
    case .string: Ink(64, basic: 2)
    case .mnemonic: Ink(31, basic: 6)
    case .changed: Ink(166, basic: 3)
    case .current, .warning: Ink(136, basic: 3)
    case .breakpoint, .error: Ink(160, basic: 1)
    case .good: Ink(64, basic: 2)
    case .match: Ink(162, basic: 5)
    case .key: Ink(31, basic: 6)
    }
  }

  /// Colours on the dark surfaces.
  private static func onDark(_ role: Role) -> Ink {
    switch role {
    case .plain, .number: Ink(253, basic: 7)
    case .quiet, .rule, .comment: Ink(251, basic: 7)
    case .title, .activeTitle: Ink(231, basic: 7)
    case .name, .mnemonic: Ink(117, basic: 6)
    case .address, .keyword: Ink(183, basic: 5)
    case .type: Ink(152, basic: 6)
    case .string: Ink(150, basic: 2)
    case .changed: Ink(215, basic: 3)
    case .current, .warning: Ink(222, basic: 3)
    case .breakpoint, .error: Ink(217, basic: 1)
    case .good: Ink(157, basic: 2)
    case .match: Ink(218, basic: 5)
    case .key: Ink(117, basic: 6)
    }
  }
}
