; llvm.ll - what LLVM writes as llvm.ptx
; SPDX-License-Identifier: Apache-2.0
;
; llc-22 -mtriple=nvptx64-nvidia-cuda -mcpu=sm_90a -mattr=+ptx88 llvm.ll
target datalayout = "e-p6:32:32-i64:64-i128:128-i256:256-v16:16-v32:32-n16:32:64"
target triple = "nvptx64-nvidia-cuda"
@dyn = external addrspace(3) global [0 x i8], align 128
@stat = internal addrspace(3) global [17 x float] undef, align 16
@tab = addrspace(4) constant [3 x float] [float 1.0, float 2.0, float 3.0]
@str = private addrspace(1) constant [4 x i8] c"abc\00"
@p = addrspace(1) global ptr addrspacecast (ptr addrspace(1) @str to ptr)
@st = addrspace(1) global {i8, ptr, i16} {i8 1, ptr addrspacecast (ptr addrspace(1) getelementptr (i8, ptr addrspace(1) @str, i64 2) to ptr), i16 5}
@fp = addrspace(1) global [2 x ptr] [ptr @callee, ptr @rec]
@packed = addrspace(1) global <{i8, ptr, i16}> <{i8 1, ptr addrspacecast (ptr addrspace(1) getelementptr (i8, ptr addrspace(1) @str, i64 2) to ptr), i16 5}>
@big = addrspace(1) global [2 x [3 x i16]] [[3 x i16] [i16 1, i16 -2, i16 3], [3 x i16] zeroinitializer]
@un = external addrspace(1) global i32
@cm = common addrspace(1) global i32 0
@dd = addrspace(1) global [2 x double] [double 1.5, double 0x7ff8000000000000]
@hh = addrspace(1) global [2 x bfloat] [bfloat 1.5, bfloat 2.0]
declare void @ext(i32)
declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()
define i32 @callee(i32 %a) noinline { %r = add i32 %a, 1 ret i32 %r }
define {i32, float} @rec(<4 x float> %v, i64 %n) noinline {
  %c = icmp eq i64 %n, 0
  br i1 %c, label %a, label %b
a:
  ret {i32, float} {i32 1, float 2.0}
b:
  %m = sub i64 %n, 1
  %r = call {i32, float} @rec(<4 x float> %v, i64 %m)
  ret {i32, float} %r
}
define ptx_kernel void @k(ptr addrspace(1) %o, i32 %n, <4 x float> %v, [3 x i16] %arr, ptr byval({i32, double}) align 8 %bv) "nvvm.reqntid"="128,1,1" "nvvm.maxnreg"="200" "nvvm.minctasm"="2" {
  %a = call i32 @callee(i32 %n)
  %f = load ptr, ptr addrspace(1) @fp
  %b = call i32 %f(i32 %a)
  call void @ext(i32 %b)
  %al = alloca [16 x i32]
  %idx = getelementptr [16 x i32], ptr %al, i32 0, i32 %n
  store i32 %b, ptr %idx
  switch i32 %n, label %d [ i32 0, label %s0 i32 1, label %s1 i32 2, label %s2 i32 3, label %s3 i32 4, label %s4 i32 5, label %s0 i32 6, label %s1]
s0: 
  store i32 1, ptr addrspace(1) %o
  br label %d
s1: 
  store i32 2, ptr addrspace(1) %o
  br label %d
s2: 
  store i32 3, ptr addrspace(1) %o
  br label %d
s3: 
  %v1 = extractelement <4 x float> %v, i32 1
  store float %v1, ptr addrspace(1) %o
  br label %d
s4: 
  %ee = extractvalue [3 x i16] %arr, 1
  store i16 %ee, ptr addrspace(1) %o
  br label %d
d:
  %x = load i32, ptr %al
  %g = getelementptr i32, ptr addrspace(1) %o, i32 9
  store i32 %x, ptr addrspace(1) %g
  %t = call {i32,i32,i32,i32} asm sideeffect "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {$0,$1,$2,$3}, [$4];", "=r,=r,=r,=r,r"(i32 %x)
  %t0 = extractvalue {i32,i32,i32,i32} %t, 2
  store i32 %t0, ptr addrspace(1) %g
  store <4 x float> %v, ptr addrspace(1) %o
  %sh = load float, ptr addrspace(3) getelementptr ([17 x float], ptr addrspace(3) @stat, i32 0, i32 3)
  store float %sh, ptr addrspace(1) %o
  store i8 3, ptr addrspace(3) @dyn
  %cv = load float, ptr addrspace(4) getelementptr ([3 x float], ptr addrspace(4) @tab, i32 0, i32 2)
  store float %cv, ptr addrspace(1) %o
  %dbl = load double, ptr %bv
  %dbl2 = fadd double %dbl, 1.5
  store double %dbl2, ptr addrspace(1) %o
  ret void
}
