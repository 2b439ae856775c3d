// An instruction of sm_90 and later.
llvm.func @store_matrix(%p: !llvm.ptr<3>, %x: i32) attributes {nvvm.kernel} {
  llvm.call_intrinsic "llvm.nvvm.stmatrix.sync.aligned.m8n8.x1.b16.p3"(%p, %x) : (!llvm.ptr<3>, i32) -> ()
  llvm.return
}
