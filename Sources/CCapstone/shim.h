// Capstone through a window of three functions: Swift sees one flat structure and neither the
// unions nor the macros of capstone.h.
#pragma once
#include <capstone/capstone.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/// How an instruction passes control on; the numbers are Swift's `PortholeFlow`.
enum { PORTHOLE_OTHER, PORTHOLE_CALL, PORTHOLE_RETURN, PORTHOLE_JUMP };

/// One decoded instruction; the texts end with a zero byte.
typedef struct {
  uint64_t target;
  bool hasTarget;
  /// Whether an operand is a general register, which decides about size suffixes.
  bool hasRegister;
  /// Whether a memory operand has a displacement of zero that is encoded all the same.
  bool hasZeroDisplacement;
  /// The size of an immediate operand, 0 without one.
  uint8_t immediateSize;
  /// The first opcode byte.
  uint8_t opcode;
  uint8_t flow;
  uint8_t size;
  char mnemonic[CS_MNEMONIC_SIZE];
  char operands[160];
} porthole_instruction;

/// Opens a decoder that prints AT&T syntax; 0 if this Capstone lacks the architecture.
static inline csh porthole_open(bool isX86) {
  csh handle = 0;
  cs_err error = isX86 ? cs_open(CS_ARCH_X86, CS_MODE_64, &handle)
                       : cs_open(CS_ARCH_ARM64, CS_MODE_LITTLE_ENDIAN, &handle);
  if (error != CS_ERR_OK) return 0;
  if (isX86) cs_option(handle, CS_OPT_SYNTAX, CS_OPT_SYNTAX_ATT);
  cs_option(handle, CS_OPT_DETAIL, CS_OPT_ON);
  return handle;
}

static inline void porthole_close(csh handle) { cs_close(&handle); }

/// Whether a register is none of a vector or floating-point unit.
static inline bool porthole_is_general(csh handle, unsigned reg) {
  const char *name = cs_reg_name(handle, reg);
  return name && !strstr(name, "mm") && strncmp(name, "st", 2) != 0 && name[0] != 'k';
}

static inline uint8_t porthole_flow(csh handle, const cs_insn *insn) {
  if (cs_insn_group(handle, insn, CS_GRP_CALL)) return PORTHOLE_CALL;
  if (cs_insn_group(handle, insn, CS_GRP_RET)) return PORTHOLE_RETURN;
  if (cs_insn_group(handle, insn, CS_GRP_JUMP)) return PORTHOLE_JUMP;
  return PORTHOLE_OTHER;
}

/// Decodes one instruction; false if the bytes begin none.
static inline bool porthole_decode(csh handle, bool isX86, const uint8_t *code, size_t count,
                                   uint64_t address, porthole_instruction *result) {
  cs_insn *insn = NULL;
  if (cs_disasm(handle, code, count, address, 1, &insn) != 1) return false;
  memset(result, 0, sizeof *result);
  result->size = (uint8_t)insn->size;
  result->flow = porthole_flow(handle, insn);
  strncpy(result->mnemonic, insn->mnemonic, sizeof result->mnemonic - 1);
  strncpy(result->operands, insn->op_str, sizeof result->operands - 1);
  if (isX86 && insn->detail) {
    const cs_x86 *x86 = &insn->detail->x86;
    result->opcode = x86->opcode[0];
    for (int i = 0; i < x86->op_count && i < 8; i++) {
      const cs_x86_op *operand = &x86->operands[i];
      if (operand->type == X86_OP_REG && porthole_is_general(handle, operand->reg))
        result->hasRegister = true;
      if (operand->type == X86_OP_IMM) result->immediateSize = operand->size;
      if (operand->type == X86_OP_MEM && operand->mem.disp == 0 && x86->encoding.disp_size > 0)
        result->hasZeroDisplacement = true;
      if (operand->type == X86_OP_MEM && operand->mem.base == X86_REG_RIP) {
        result->hasTarget = true;
        result->target = address + insn->size + (uint64_t)operand->mem.disp;
      }
      if (operand->type == X86_OP_IMM && result->flow != PORTHOLE_OTHER) {
        result->hasTarget = true;
        result->target = (uint64_t)operand->imm;
      }
    }
  } else if (!isX86 && insn->detail && result->flow != PORTHOLE_OTHER) {
    for (int i = 0; i < insn->detail->arm64.op_count && i < 8; i++) {
      const cs_arm64_op *operand = &insn->detail->arm64.operands[i];
      if (operand->type == ARM64_OP_IMM) {
        result->hasTarget = true;
        result->target = (uint64_t)operand->imm;
      }
    }
  }
  cs_free(insn, 1);
  return true;
}
