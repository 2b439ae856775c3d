// PTX that LLVM prints as it is and ptxas refuses.
llvm.func @frobnicate() attributes {nvvm.kernel} {
  llvm.inline_asm has_side_effects "frobnicate;", "" : () -> ()
  llvm.return
}
