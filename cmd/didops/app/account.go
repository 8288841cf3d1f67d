package app

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
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
func named(passwd io.Reader, uid int) string { return userOf(passwd, uid)[0] }

// userOf returns the fields of the first user with the id in a passwd file,
// which are empty where there is none.
func userOf(passwd io.Reader, uid int) [7]string {
	want := strconv.Itoa(uid)
	for lines := bufio.NewScanner(passwd); lines.Scan(); {
		fields := strings.Split(lines.Text(), ":")
		if len(fields) == 7 && fields[2] == want && !strings.HasPrefix(fields[0], "#") {
			return [7]string(fields)
		}
	}
	return [7]string{}
}

// accountHome returns the home folder of the user that the process runs as; ""
// where the system tells none that is there. Windows keeps what is a user's
// elsewhere.
func accountHome() string {
	home, uid := "", os.Getuid()
	switch {
	case uid < 0:
		return ""
	case runtime.GOOS == "darwin":
		if u, err := user.Current(); err == nil {
			home = u.HomeDir
		}
	default:
		if f, err := os.Open("/etc/passwd"); err == nil {
			defer func() { _ = f.Close() }()
			home = userOf(f, uid)[5]
		}
	}
	if info, err := os.Stat(home); err != nil || !info.IsDir() || filepath.Dir(home) == home {
		return ""
	}
	return home
}

// environment returns the variables of the environment, in which HOME is that
// of the account where none is set: services and some assistants start
// programs without.
func environment(getenv func(string) string, home func() string) func(string) string {
	home = sync.OnceValue(home)
	return func(name string) string {
		value := getenv(name)
		if name == "HOME" && value == "" {
			return home()
		}
		return value
	}
}
