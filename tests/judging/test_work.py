"""What did the work of a call: whose kernels took how much of its time."""

import pytest

from judge.judging.work import maker_of, makers_of, readable, require_own_kernels, work_of, work_of_profile
from judge.protocol.recording import Copy, Kernel, Memset, Parameter, Place, Recording
from judge.verdict.failure import Failure
from judge.verdict.verdict import BenchmarkResult, Maker, Work

ADD = "_ZN2at6native29vectorized_elementwise_kernelILi4ENS0_15CUDAFunctor_addIfEESt5arrayIPcLm3EEEEviT0_T1_"
# Names as PyTorch 2.11, cuBLAS 13 and cuDNN 9 have them, and kernels of people's.
NAMES: dict[str, tuple[int, Maker]] = {
    ADD: (300, "pytorch"),
    "_ZN2at6native27unrolled_elementwise_kernelIZZZNS0_23direct_copy_kernel_cudaE": (90, "pytorch"),
    "_ZN14at_cuda_detail3cub15DeviceScanKernelINS0_10policy_hub": (12, "pytorch"),
    "_ZN50_GLOBAL__N__1d5ba24a_10_SoftMax_cu_9f978f6320softmax_warp_forwardIfffLi10EEEvPT0_i": (
        40,
        "pytorch",
    ),
    "void (anonymous namespace)::softmax_warp_forward<float, float, float, 10>(float*)": (2, "pytorch"),
    "softmax_warp_forward": (1, "own"),
    "_ZN13pytorch_flash16flash_fwd_kernelI23Flash_fwd_kernel_traits": (1, "pytorch"),
    "fmha_cutlassF_f16_aligned_64x64_rf_sm80": (40, "pytorch"),
    "nvjet_tst_128x256_64x4_2x1_v_bz_coopA_NNT": (1, "vendor"),
    "sm90_xmma_gemm_f32f32_tf32f32_f32_tn_n_tilesize64x64x32_warpgroupsize1x1x1": (1, "vendor"),
    "sm80_xmma_fprop_implicit_gemm_tf32f32_tf32f32_f32_nhwckrsc_nhwc": (8, "vendor"),
    "cutlass_80_tensorop_s1688gemm_128x128_16x5_nn_align4": (20, "vendor"),
    "ampere_sgemm_128x64_nn": (1, "vendor"),
    "_ZN7cutlass6KernelINS_4gemm6kernel4GemmE": (6, "vendor"),
    "_ZN8internal5gemvx6kernelIiifffffLb0E": (30, "vendor"),
    "splitKreduce_kernel": (50, "vendor"),
    "softmax_kernel": (1, "own"),
    "gemm": (1, "own"),
    "gemv_kernel": (1, "own"),
    "splitKreduce_kernel_of_mine": (1, "own"),
    "sm90_softmax": (1, "own"),
    "turing_machine": (1, "own"),
    "cutlass": (1, "own"),
    "add": (2, "own"),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_kernel_is_known_by_its_name_and_its_image(name: str) -> None:
    kernels, maker = NAMES[name]
    assert maker_of(name, kernels) == maker


def test_a_kernel_in_the_namespace_of_its_file_is_known_by_the_others_of_its_image() -> None:
    name = "_ZN50_GLOBAL__N__1d5ba24a_10_Another_cu_9f978f637anotherIfEEvPT_"
    assert maker_of(name, 40, beside_pytorch=True) == "pytorch"
    assert maker_of(name, 40) == maker_of("mine", 40, beside_pytorch=True) == "own"


def test_the_nodes_of_a_recording_have_makers(image: bytes) -> None:
    add = Kernel(0, "add", (1, 1, 1), (32, 1, 1), 0, (Parameter(bytes(8)),))
    nodes = (add, Memset(Place(0, 0), 0, 0, 4, 4, 1), Copy(Place(0, 0), Place(0, 64), 8))
    recording = Recording(nodes, (), (), (image,))
    assert makers_of(recording) == [("add", "own"), ("memset", "driver"), ("copy", "driver")]


def test_shares_are_of_the_time() -> None:
    parts: list[tuple[str, Maker, float]] = [
        ("mine", "own", 6.0),
        (ADD, "pytorch", 2.0),
        ("nvjet_x", "vendor", 1.0),
        (ADD, "pytorch", 0.5),
        ("copy", "driver", 0.5),
    ]
    others = ["at::native::vectorized_elementwise_kernel", "nvjet_x"]
    assert work_of(parts) == Work(0.6, 0.25, 0.1, 0.05, others)
    assert work_of([("mine", "own", 0.0)]) is None
    assert work_of([]) is None


def test_a_profile_of_a_runner_is_read_and_not_believed_blindly() -> None:
    told = [
        ["void at::native::vectorized_elementwise_kernel<4, at::native::CUDAFunctor_add<float> >(int)", 3.0],
        ["softmax_kernel", 5],
        ["Memcpy DtoD (Device -> Device)", 1.0],
        ["void cutlass::Kernel<cutlass_80_tensorop>(Params)", 1.0],
    ]
    others = ["at::native::vectorized_elementwise_kernel", "cutlass::Kernel"]
    assert work_of_profile(told) == Work(0.5, 0.3, 0.1, 0.1, others)
    for nonsense in (
        None,
        7,
        "text",
        [],
        [["a"]],
        [["a", "b"]],
        [["a", -1]],
        [["a", 1e13]],
        [[1, 1]],
        [["a", True, 2]],
    ):
        assert work_of_profile(nonsense) is None


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (ADD, "at::native::vectorized_elementwise_kernel"),
        ("_Z6kernelPf", "kernel"),
        ("softmax_kernel", "softmax_kernel"),
        ("_ZN12_GLOBAL__N_14mineE", "mine"),
        ("_ZN", "_ZN"),
        ("_Z99x", "x"),
        ("void gemv2T_kernel_val<int, float>(float*)", "gemv2T_kernel_val"),
        ("x" * 300, "x" * 80),
    ],
)
def test_names_are_readable(name: str, shown: str) -> None:
    assert readable(name) == shown


def result(work: Work | None) -> BenchmarkResult:
    return BenchmarkResult("n=5", 1.0, (0.9, 1.1), 9, "replay", {}, None, 8, 0, None, None, work=work)


def test_with_own_kernels_the_work_of_others_is_refused() -> None:
    require_own_kernels(result(Work(1.0)))
    require_own_kernels(result(Work(0.90, pytorch=0.05, driver=0.05)))
    with pytest.raises(Failure) as caught:
        require_own_kernels(result(Work(0.2, 0.5, 0.3, 0.0, ["at::native::add", "nvjet_x"])))
    assert caught.value.status == "rule_violation"
    told = "80% of the GPU time is not of the submission's own kernels: at::native::add, nvjet_x"
    assert told in caught.value.message
    with pytest.raises(Failure, match="it is not known what did the work of n=5"):
        require_own_kernels(result(None))
