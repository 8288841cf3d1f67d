package app

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"os"
	"os/user"
	"runtime"
	"strconv"
	"strings"
)

// account returns the name of the user that the process runs as, or "uid-1000"
// where the system names none. The environment has no say: by another $USER
// somebody could approve what they asked for themselves. On Linux os/user would
// let it, in LookupId as well, so the file is read here.
func account() string {
	uid := os.Getuid()
	if uid < 0 || runtime.GOOS == "darwin" {
		if u, err := user.Current(); err == nil {
			return u.Username
		}
		return "unknown"
	}
	name := ""
	if f, err := os.Open("/etc/passwd"); err == nil {
		defer func() { _ = f.Close() }()
		name = named(f, uid)
	}
	return cmp.Or(name, fmt.Sprintf("uid-%d", uid))
}

// named returns the name of the first user with the id in a passwd file, or "".
func named(passwd io.Reader, uid int) string {
	want := strconv.Itoa(uid)
	for lines := bufio.NewScanner(passwd); lines.Scan(); {
		fields := strings.Split(lines.Text(), ":")
		if len(fields) == 7 && fields[2] == want && !strings.HasPrefix(fields[0], "#") {
			return fields[0]
		}
	}
	return ""
}
