"""Types of the package: what `import plait` offers, with the signatures of its variants."""

from collections.abc import Callable
from typing import Any, Optional, TypedDict, Union

from typing_extensions import Unpack

from plait import cache as cache
from plait import cuda as cuda
from plait import feature_maps as feature_maps
from plait import scans as scans
from plait.arrays import Spec as Spec
from plait.errors import ArgumentError as ArgumentError
from plait.errors import CompileError as CompileError
from plait.errors import DamagedError as DamagedError
from plait.errors import DtypeError as DtypeError
from plait.errors import Error as Error
from plait.errors import OutOfMemoryError as OutOfMemoryError
from plait.errors import ShapeError as ShapeError
from plait.errors import TraceError as TraceError
from plait.errors import UnavailableError as UnavailableError
from plait.errors import UnsupportedError as UnsupportedError
from plait.normalize import Normalize
from plait.normalize import clamp_min as clamp_min
from plait.normalize import sum_eps as sum_eps
from plait.pack import Pack as Pack
from plait.scans import affine_scan as affine_scan
from plait.scans import cummax as cummax
from plait.scans import cumsum as cumsum
from plait.scans import logcumsumexp as logcumsumexp
from plait.settings import config as config
from plait.settings import get_num_threads as get_num_threads
from plait.settings import set_num_threads as set_num_threads
from plait.tracing.functions import abs as abs
from plait.tracing.functions import concat as concat
from plait.tracing.functions import cos as cos
from plait.tracing.functions import erf as erf
from plait.tracing.functions import exp as exp
from plait.tracing.functions import expm1 as expm1
from plait.tracing.functions import l2_norm as l2_norm
from plait.tracing.functions import log as log
from plait.tracing.functions import log1p as log1p
from plait.tracing.functions import logsigmoid as logsigmoid
from plait.tracing.functions import max as max
from plait.tracing.functions import maximum as maximum
from plait.tracing.functions import mean as mean
from plait.tracing.functions import minimum as minimum
from plait.tracing.functions import rms_norm as rms_norm
from plait.tracing.functions import roll as roll
from plait.tracing.functions import rsqrt as rsqrt
from plait.tracing.functions import sigmoid as sigmoid
from plait.tracing.functions import silu as silu
from plait.tracing.functions import sin as sin
from plait.tracing.functions import softmax as softmax
from plait.tracing.functions import softplus as softplus
from plait.tracing.functions import sqrt as sqrt
from plait.tracing.functions import sum as sum
from plait.tracing.functions import tanh as tanh
from plait.tracing.functions import where as where
from plait.variants.variant import Variant as Variant
from plait.variants.variant import variant as variant

__version__: str

class _Whole(TypedDict, total=False):
    initial_state: Any
    output_final_state: bool
    reverse: bool
    cu_seqlens: Any
    num_threads: Optional[int]
    out: Any

class _Call(_Whole, total=False):
    scale: Optional[float]

class _One(TypedDict, total=False):
    state: Any
    inplace: bool
    position: Any
    num_threads: Optional[int]
    out: Any

class _Step(_One, total=False):
    scale: Optional[float]

class _LinearAttention(Variant):
    def __call__(
        self,
        q: Any,
        k: Any,
        v: Any,
        feature_map: Union[str, Callable[[Any], Any]] = "elu+1",
        normalize: Optional[Normalize] = ...,
        causal: bool = True,
        **common: Unpack[_Call],
    ) -> Any: ...
    def step(
        self,
        q: Any,
        k: Any,
        v: Any,
        feature_map: Union[str, Callable[[Any], Any]] = "elu+1",
        normalize: Optional[Normalize] = ...,
        causal: bool = True,
        **common: Unpack[_Step],
    ) -> Any: ...

class _Retention(Variant):
    def __call__(self, q: Any, k: Any, v: Any, decay: Any = None, **common: Unpack[_Call]) -> Any: ...
    def step(self, q: Any, k: Any, v: Any, decay: Any = None, **common: Unpack[_Step]) -> Any: ...

class _LightningAttention(Variant):
    def __call__(self, q: Any, k: Any, v: Any, decay: Any, **common: Unpack[_Call]) -> Any: ...
    def step(self, q: Any, k: Any, v: Any, decay: Any, **common: Unpack[_Step]) -> Any: ...

class _Gla(Variant):
    def __call__(self, q: Any, k: Any, v: Any, g: Any, **common: Unpack[_Call]) -> Any: ...
    def step(self, q: Any, k: Any, v: Any, g: Any, **common: Unpack[_Step]) -> Any: ...

class _Hgrn2(Variant):
    def __call__(self, q: Any, f: Any, i: Any, **common: Unpack[_Call]) -> Any: ...
    def step(self, q: Any, f: Any, i: Any, **common: Unpack[_Step]) -> Any: ...

class _Rwkv6(Variant):
    def __call__(self, r: Any, k: Any, v: Any, w: Any, u: Any, **common: Unpack[_Call]) -> Any: ...
    def step(self, r: Any, k: Any, v: Any, w: Any, u: Any, **common: Unpack[_Step]) -> Any: ...

class _Mamba2(Variant):
    def __call__(self, x: Any, dt: Any, A: Any, B: Any, C: Any, D: Any = None, **common: Unpack[_Call]) -> Any: ...
    def step(self, x: Any, dt: Any, A: Any, B: Any, C: Any, D: Any = None, **common: Unpack[_Step]) -> Any: ...

class _Recur(Variant):
    def __call__(
        self,
        q: Any,
        k: Any,
        v: Any,
        *,
        decay: Any = None,
        value_decay: Any = None,
        a: Any = None,
        b: Any = None,
        beta: Any = None,
        bonus: Any = None,
        read: str = "inclusive",
        scale: float = 1.0,
        normalize: Optional[Normalize] = None,
        min_log_decay: Optional[float] = None,
        **common: Unpack[_Whole],
    ) -> Any: ...
    def step(
        self,
        q: Any,
        k: Any,
        v: Any,
        *,
        decay: Any = None,
        value_decay: Any = None,
        a: Any = None,
        b: Any = None,
        beta: Any = None,
        bonus: Any = None,
        read: str = "inclusive",
        scale: float = 1.0,
        normalize: Optional[Normalize] = None,
        min_log_decay: Optional[float] = None,
        **common: Unpack[_One],
    ) -> Any: ...

linear_attention: _LinearAttention
retention: _Retention
lightning_attention: _LightningAttention
simple_gla: _Gla
gla: _Gla
hgrn2: _Hgrn2
rwkv6: _Rwkv6
mamba2: _Mamba2
recur: _Recur
