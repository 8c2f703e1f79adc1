/* Counts what a guest executes, for qemu-aarch64 -plugin count.so,out=FILE: one line "NUMBER COUNT"
 * for each mark, with the guest instructions of all threads until then.
 *
 * A mark is prctl(MARK, NUMBER): no such option exists, so that a kernel answers EINVAL.
 *
 *     gcc -shared -fPIC -O2 -o count.so count.c
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Of qemu-plugin.h, version 1 of the interface (QEMU 7.2), which Debian 12 does not package. */
typedef uint64_t plugin_id;
struct qemu_plugin_tb;
typedef void (*translated_fn)(plugin_id, struct qemu_plugin_tb *);
typedef void (*executed_fn)(unsigned int cpu, void *data);
typedef void (*syscall_fn)(plugin_id, unsigned int cpu, int64_t number, uint64_t, uint64_t, uint64_t,
                           uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);
typedef void (*exit_fn)(plugin_id, void *data);
enum { NO_REGISTERS = 0 };
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, translated_fn);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *, executed_fn, int flags, void *data);
void qemu_plugin_register_vcpu_syscall_cb(plugin_id, syscall_fn);
void qemu_plugin_register_atexit_cb(plugin_id, exit_fn, void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);

#define EXPORT __attribute__((visibility("default")))
EXPORT int qemu_plugin_version = 1;

enum { PRCTL = 167 };           /* on AArch64 */
static const uint64_t MARK = 0x65646765; /* "edge" */

static uint64_t executed; /* instructions of all threads */
static FILE *marks;

static void on_executed(unsigned int cpu, void *length)
{
    (void)cpu;
    __atomic_fetch_add(&executed, (uint64_t)(uintptr_t)length, __ATOMIC_RELAXED);
}

static void on_translated(plugin_id id, struct qemu_plugin_tb *block)
{
    (void)id;
    void *length = (void *)(uintptr_t)qemu_plugin_tb_n_insns(block);
    qemu_plugin_register_vcpu_tb_exec_cb(block, on_executed, NO_REGISTERS, length);
}

static void on_syscall(plugin_id id, unsigned int cpu, int64_t number, uint64_t a1, uint64_t a2,
                       uint64_t a3, uint64_t a4, uint64_t a5, uint64_t a6, uint64_t a7, uint64_t a8)
{
    (void)id, (void)cpu, (void)a3, (void)a4, (void)a5, (void)a6, (void)a7, (void)a8;
    if (number == PRCTL && a1 == MARK)
        fprintf(marks, "%" PRIu64 " %" PRIu64 "\n", a2,
                __atomic_load_n(&executed, __ATOMIC_RELAXED));
}

static void on_end(plugin_id id, void *data)
{
    (void)id, (void)data;
    fclose(marks);
}

EXPORT int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
    (void)info;
    if (argc != 1 || strncmp(argv[0], "out=", 4) != 0) {
        fprintf(stderr, "count: give out=FILE\n");
        return 1;
    }
    marks = fopen(argv[0] + 4, "w");
    if (marks == NULL) {
        perror(argv[0] + 4);
        return 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translated);
    qemu_plugin_register_vcpu_syscall_cb(id, on_syscall);
    qemu_plugin_register_atexit_cb(id, on_end, NULL);
    return 0;
}
