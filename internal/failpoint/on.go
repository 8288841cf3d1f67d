//go:build failpoints

package failpoint

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

var (
	mu   sync.Mutex                       //nolint:gochecknoglobals // counts the passes of the one process
	seen = map[string]int{}               //nolint:gochecknoglobals // see above
	at   = os.Getenv("DIDOPS_FAILPOINT")  //nolint:gochecknoglobals,forbidigo // the test's instruction
	list = os.Getenv("DIDOPS_FAILPOINTS") //nolint:gochecknoglobals,forbidigo // a file that takes the name of every place passed
)

// Here kills the process, as a loss of power would, when it passes the place
// for the n-th time that DIDOPS_FAILPOINT=name:n names.
func Here(name string) {
	mu.Lock()
	defer mu.Unlock()
	seen[name]++
	if list != "" {
		if f, err := os.OpenFile(list, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err == nil {
			_, _ = f.WriteString(name + ":" + strconv.Itoa(seen[name]) + "\n")
			_ = f.Close()
		}
	}
	point, n, _ := strings.Cut(at, ":")
	if point == name && n == strconv.Itoa(seen[name]) {
		_ = syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
		select {}
	}
}

// Clock returns now, set forward by DIDOPS_CLOCK (such as 90s).
func Clock(now func() time.Time) func() time.Time {
	ahead, err := time.ParseDuration(os.Getenv("DIDOPS_CLOCK")) //nolint:forbidigo // the test's instruction
	if err != nil {
		return now
	}
	return func() time.Time { return now().Add(ahead) }
}
