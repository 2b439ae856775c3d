// A kernel for CUDA as a lowering leaves it: doubles each of %n elements.
llvm.func @twice(%x: !llvm.ptr<1>, %n: i64, %stride: i64, %gx: i64, %gy: i64, %first: i64)
    attributes {nvvm.kernel, nvvm.reqntid = array<i32: 64>, tile.alignment = array<i64: 4>, tile.warps = 2 : i64} {
  %thread = nvvm.read.ptx.sreg.tid.x : i32
  %block = nvvm.read.ptx.sreg.ctaid.x : i32
  %threads = arith.constant 64 : i32
  %start = arith.muli %block, %threads : i32
  %number = arith.addi %start, %thread : i32
  %i = arith.extui %number : i32 to i64
  %inside = arith.cmpi slt, %i, %n : i64
  scf.if %inside {
    %place = llvm.getelementptr %x[%i] : (!llvm.ptr<1>, i64) -> !llvm.ptr<1>, f32
    %value = llvm.load %place : !llvm.ptr<1> -> f32
    %sum = arith.addf %value, %value : f32
    llvm.store %sum, %place : f32, !llvm.ptr<1>
  }
  llvm.return
}
