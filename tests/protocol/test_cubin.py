"""Images: what a real one says about itself is found, and bytes from anywhere are refused or read."""

import shutil
import struct
import subprocess
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from images import compiled

from judge.protocol.cubin import BadImage, read_cubin
from judge.protocol.recording import Kernel, Recording, encode
from judge.protocol.validation import BadRecording, decode

needs_nvcc = pytest.mark.skipif(not shutil.which("nvcc"), reason="needs nvcc")

# elf(5): where the header has the place, the bytes and the number of the sections; a section's own fields.
SECTIONS_AT, COUNT_AT, NAMES_AT = 40, 60, 62
SECTION = struct.Struct("<IIQQQQIIQQ")
PLACE, BYTES = 4, 5


@pytest.mark.parametrize("architecture", [80, 90, 100])
def test_tritons_images_say_their_architecture(architecture: int) -> None:
    found = read_cubin(compiled(architecture))
    assert (found.architecture, found.variables) == (architecture, ())


def read_or_refused(image: bytes) -> str:
    """The reason why an image is refused, "" if it is read. Another error than BadImage ends the test."""
    try:
        read_cubin(image)
    except BadImage as error:
        assert str(error).isprintable()
        return str(error)
    return ""


def test_an_image_that_is_cut_short_is_refused(image: bytes) -> None:
    sections = struct.unpack_from("<Q", image, SECTIONS_AT)[0]
    end = sections + SECTION.size * struct.unpack_from("<H", image, COUNT_AT)[0]
    for length in range(0, end):
        assert "the image of a kernel" in read_or_refused(image[:length])


@given(st.binary(max_size=500))
def test_garbage_is_refused(garbage: bytes) -> None:
    assert read_or_refused(garbage)


@given(st.data())
def test_a_damaged_image_is_refused_or_read(image: bytes, data: st.DataObject) -> None:
    damaged = bytearray(image)
    for _ in range(data.draw(st.integers(1, 4))):
        value = data.draw(st.binary(min_size=1, max_size=8) | st.just(b"\xff" * 8))
        at = data.draw(st.integers(0, 63) | st.integers(0, len(image) - len(value)))
        damaged[at : at + len(value)] = value
    read_or_refused(bytes(damaged))


@given(st.data())
def test_a_damaged_table_of_sections_is_refused_or_read(image: bytes, data: st.DataObject) -> None:
    damaged, sections = bytearray(image), struct.unpack_from("<Q", image, SECTIONS_AT)[0]
    at = sections + 4 * data.draw(st.integers(0, (len(image) - sections) // 4 - 2))
    value = data.draw(st.integers(0, 2**64 - 1) | st.sampled_from([0, 2, len(image), 2**63, 2**64 - 1]))
    struct.pack_into("<Q", damaged, at, value)
    read_or_refused(bytes(damaged))


def test_an_offset_beyond_all_memory_is_refused(image: bytes) -> None:
    damaged = bytearray(image)
    struct.pack_into("<Q", damaged, SECTIONS_AT, 2**64 - 1)
    assert "cut short" in read_or_refused(bytes(damaged))


def with_sections(image: bytes, change: Callable[[list[list[int]]], object]) -> bytes:
    """An image whose table of sections was changed. The new one stands at its end."""
    count, start = (
        struct.unpack_from("<H", image, COUNT_AT)[0],
        struct.unpack_from("<Q", image, SECTIONS_AT)[0],
    )
    table = [list(SECTION.unpack_from(image, start + n * SECTION.size)) for n in range(count)]
    change(table)
    found = bytearray(image)
    struct.pack_into("<Q", found, SECTIONS_AT, len(image))
    struct.pack_into("<H", found, COUNT_AT, len(table))
    return bytes(found) + b"".join(SECTION.pack(*each) for each in table)


def symbols_of(table: list[list[int]]) -> list[int]:
    return next(each for each in table if each[1] == 2)


def test_many_tables_of_symbols_are_refused(image: bytes) -> None:
    # Each would be read: 65,000 tables of a million symbols take hours.
    repeated = with_sections(image, lambda table: table.extend([symbols_of(table)] * 60_000))
    assert read_or_refused(repeated) == "the image of a kernel has several tables of symbols"
    assert read_cubin(with_sections(image, lambda table: None)).architecture == 90


def test_a_name_outside_its_section_is_refused(image: bytes) -> None:
    # Who reads on beyond the section would find a name that we have not seen, such as malloc's.
    def shorten(table: list[list[int]]) -> None:
        table[symbols_of(table)[6]][BYTES] = 1

    assert read_or_refused(with_sections(image, shorten)) == "the image of a kernel has a name that is none"


def test_names_without_end_are_not_read(image: bytes) -> None:
    # 60,000 names of 4 MiB each are 240 GB of text.
    def lengthen(table: list[list[int]]) -> None:
        names = table[struct.unpack_from("<H", image, NAMES_AT)[0]]
        names[PLACE], names[BYTES] = len(image) + 1, 4 << 20
        table.extend([list(table[0]) for _ in range(60_000)])

    padded = image + b"\0" + b"x" * ((4 << 20) - 1) + b"\0"
    found = with_sections(padded, lambda table: None)
    assert read_cubin(found).architecture == 90
    assert read_or_refused(with_sections(padded, lengthen)) == ""


def with_variables(image: bytes, count: int, texts: bytes, at: Callable[[int], int] = lambda n: 0) -> bytes:
    """An image with so many variables of 4 bytes. The name of each begins at a place of `texts`."""
    sections = b"\0.nv.global\0"
    start = len(image)
    symbols = b"".join(struct.pack("<IBBHQQ", at(n), 1, 0, 1, 0, 4) for n in range(count))

    def change(table: list[list[int]]) -> None:
        table[:] = [
            [0, 3, 0, 0, start, len(sections), 0, 0, 0, 0],
            [1, 1, 0, 0, 0, 0, 0, 0, 0, 0],
            [0, 3, 0, 0, start + len(sections), len(texts), 0, 0, 0, 0],
            [0, 2, 0, 0, start + len(sections) + len(texts), len(symbols), 2, 0, 0, 24],
        ]

    found = bytearray(with_sections(image + sections + texts + symbols, change))
    struct.pack_into("<H", found, NAMES_AT, 0)
    return bytes(found)


def test_a_variable_has_the_name_by_which_a_driver_finds_it(image: bytes) -> None:
    long = b"x" * 4095
    assert read_cubin(with_variables(image, 1, b"counter\0")).variables == (("counter", 4),)
    assert read_cubin(with_variables(image, 1, long + b"\0")).variables == ((long.decode(), 4),)
    told = "a variable in the image of a kernel has a name that is none"
    for name in (b"\0", b"count\xe9\0", b"a\tb\0", b"a\x1b[2J\0", long + b"x\0"):
        assert read_or_refused(with_variables(image, 1, name)) == told


def test_a_text_ends_in_its_section(image: bytes) -> None:
    # Who reads on would find the name of a variable that is hidden from who does not.
    told = "the image of a kernel has names that are none"
    assert read_or_refused(with_variables(image, 1, b"no end")) == told
    cut = with_variables(image, 1, b"counter\0")
    sections = cut.index(b"\0.nv.global\0")
    shorter = bytearray(cut)
    start = struct.unpack_from("<Q", cut, SECTIONS_AT)[0]
    assert SECTION.unpack_from(cut, start)[PLACE] == sections
    struct.pack_into("<Q", shorter, start + 32, len(b"\0.nv.global"))
    assert read_or_refused(bytes(shorter)) == told


def test_the_names_of_many_variables_need_little_memory(image: bytes) -> None:
    # They overlap: 200,000 names of 4 KiB from a text of 204 KiB are 800 MB.
    texts = b"x" * 204_000 + b"\0"
    many = with_variables(image, 200_000, texts, lambda n: 200_000 + n % 4000)
    tracemalloc.start()
    assert read_or_refused(many) == "the image of a kernel has more than 4096 variables"
    assert tracemalloc.get_traced_memory()[1] < 64 << 20
    tracemalloc.stop()


def test_images_are_bounded_together(image: bytes) -> None:
    # Each is within its bounds: 199,000 symbols. 256 of them would take a minute to read.
    large = with_variables(image, 199_000, b"v\0")
    symbols = bytearray(large)
    start = len(large) - 4 * SECTION.size - 199_000 * 24
    for n in range(199_000):
        symbols[start + 24 * n + 4] = 2  # functions, and no variables
    node = Kernel(0, "k", (1, 1, 1), (1, 1, 1), 0, ())
    few = Recording((node,), (), (), tuple(bytes(symbols) + bytes([n]) for n in range(2)))
    assert decode(encode(few), 4096, 90).images == few.images
    many = Recording((node,), (), (), tuple(bytes(symbols) + bytes([n]) for n in range(4)))
    with pytest.raises(BadRecording, match="too many sections, symbols or variables"):
        decode(encode(many), 4096, 90)


# -- what nvcc makes ----------------------------------------------------------------------------------


@pytest.fixture
def nvcc(tmp_path: Path) -> Callable[..., bytes]:
    """nvcc(source, *options): the image of a kernel in CUDA C++, for sm_90."""

    def compile_one(source: str, *options: str) -> bytes:
        (tmp_path / "kernel.cu").write_text(source)
        command = ["nvcc", "-arch=sm_90", "-cubin", *options, "-o", "kernel.cubin", "kernel.cu"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return (tmp_path / "kernel.cubin").read_bytes()

    return compile_one


@needs_nvcc
def test_variables_are_listed_with_their_bytes(nvcc: Callable[..., bytes]) -> None:
    found = read_cubin(
        nvcc("""
        __constant__ float table[64];
        __device__ int counters[3] = {1, 2, 3};
        __device__ short unset;
        __global__ void f(float* x) { x[threadIdx.x] = table[threadIdx.x] + counters[threadIdx.x] + unset++; }
        """)
    )
    assert found.architecture == 90
    assert {name.lstrip("_"): size for name, size in found.variables} == dict(table=256, counters=12, unset=2)


@needs_nvcc
def test_shared_memory_is_no_variable(nvcc: Callable[..., bytes]) -> None:
    source = "__global__ void f(int* x) { __shared__ int s[32]; s[*x] = 1; __syncthreads(); *x = s[x[1]]; }"
    assert read_cubin(nvcc(source)).variables == ()


HEAP = "a kernel allocates memory on the device"
LAUNCHES = "a kernel launches others from the device"
REFUSED = {
    "malloc": ("__global__ void f(void** x) { *x = malloc(12); }", HEAP),
    "free": ("__global__ void f(void* x) { free(x); }", HEAP),
    "new": ("__global__ void f(int** x) { *x = new int[12]; }", HEAP),
    "aligned": ("__global__ void f(void** x) { *x = __nv_aligned_device_malloc(12, 16); }", HEAP),
    "a launch": ("__global__ void g() {} __global__ void f() { g<<<1, 1>>>(); }", LAUNCHES),
    "a graph": ("__global__ void f(cudaGraphExec_t g) { cudaGraphLaunch(g, 0); }", LAUNCHES),
    "the runtime's malloc": ("__global__ void f(void** x) { cudaMalloc(x, 12); }", LAUNCHES),
    "a call of the driver": (
        'extern "C" __device__ int __cuda_syscall_cnpv2LaunchDeviceV2(void*, void*);'
        "__global__ void f(void* x) { __cuda_syscall_cnpv2LaunchDeviceV2(x, x); }",
        LAUNCHES,
    ),
}


@needs_nvcc
@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("linked", [False, True], ids=["as compiled", "linked"])
def test_what_outlives_a_call_or_is_not_recorded_is_refused(
    nvcc: Callable[..., bytes], name: str, linked: bool
) -> None:
    source, message = REFUSED[name]
    options = ("-rdc=true", "-dlink", "-lcudadevrt") if linked else ("-rdc=true",)
    assert read_or_refused(nvcc(source, *options)) == message
