package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"strings"

	"didops/internal/fault"
	"didops/internal/sanitize"
)

// The most that is read of a file.
const (
	mostFile   = 1 << 20
	mostSecret = 1 << 16
)

// Source says where the configuration comes from. The zero Source reads the
// machine's files with an empty environment.
type Source struct {
	Flag   string                             // value of --config; "" = not given
	Getenv func(name string) string           // nil = an empty environment
	Open   func(name string) (fs.File, error) // nil = os.Open
	GOOS   string                             // "" = runtime.GOOS
}

func (s Source) getenv(name string) string {
	if s.Getenv == nil {
		return ""
	}
	return s.Getenv(name)
}

func (s Source) goos() string {
	if s.GOOS == "" {
		return runtime.GOOS
	}
	return s.GOOS
}

// place is a file that was found.
type place struct {
	name string
	open bool // others than its owner may read it
}

// find returns the file to read with its contents; without a name when there
// is none.
func (s Source) find() (place, []byte, error) {
	for _, named := range []struct{ by, name string }{{"--config", s.Flag}, {"$DIDOPS_CONFIG", s.getenv("DIDOPS_CONFIG")}} {
		if named.name == "" {
			continue
		}
		data, open, err := s.read(named.name, mostFile)
		if err != nil {
			return place{}, nil, unreadable(named.by+": ", named.name, err)
		}
		return place{named.name, open}, data, nil
	}
	for _, name := range s.places() {
		data, open, err := s.read(name, mostFile)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return place{}, nil, unreadable("", name, err)
		}
		return place{name, open}, data, nil
	}
	return place{}, nil, nil
}

// places returns the files that are looked for without being named.
func (s Source) places() []string {
	var out []string
	if dir := configDir(s.goos(), s.getenv); dir != "" {
		out = append(out, filepath.Join(dir, "didops", "config.toml"))
	}
	if s.goos() != "windows" {
		out = append(out, "/etc/didops/config.toml")
	}
	return out
}

// read returns the contents of a file of at most so many bytes, without the
// byte order mark that editors on Windows put in front, and whether others than
// its owner may read it.
func (s Source) read(name string, most int64) (data []byte, open bool, err error) {
	data, info, err := s.contents(name, most)
	if err != nil {
		return nil, false, err
	}
	open = s.goos() != "windows" && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0
	return bytes.TrimPrefix(data, []byte("\ufeff")), open, nil
}

func unreadable(by, name string, err error) error {
	return fault.New(fault.Invalid, "%s%s: %s", by, sanitize.Clean(name, 200), why(err, mostFile)).
		WithField("config").WithCause(fmt.Errorf("read configuration: %w", err))
}

// secretFile sets a secret from the file that its key_file names.
func (l *loader) secretFile(path string, table map[string]any, k key, found *Setting) {
	filePath := path + "_file"
	value, ok := table[k.name+"_file"]
	if !ok {
		return
	}
	delete(table, k.name+"_file")
	name, rule := line(4096)(value)
	switch {
	case rule != "":
		l.bad(filePath, rule)
		return
	case name == "":
		return
	case found.Value != "":
		l.bad(filePath, "give either "+k.name+" or "+k.name+"_file, not both")
		return
	}
	found.Value, found.Source, found.file = masked, "file "+l.beside(name), true
	if l.env(k) != "" {
		return
	}
	data, open, err := l.src.read(l.beside(name), mostSecret)
	if err != nil {
		l.bad(filePath, why(err, mostSecret)+named(name))
		return
	}
	if open {
		l.warn(filePath, "others than its owner may read the file"+named(name)+": chmod 600")
	}
	secret := string(bytes.TrimRight(data, "\r\n"))
	found.hidden = NewSecret(secret)
	if secret == "" {
		l.bad(filePath, "the file is empty"+named(name))
		return
	}
	if rule := k.set(secret); rule != "" {
		l.bad(filePath, "the contents"+named(name)+" "+rule)
	}
}

// beside returns a file name relative to the folder of the configuration.
func (l *loader) beside(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(l.cfg.Path), name)
}

// named returns the name of a file for a message, unless it may be the secret
// itself, given to the wrong key.
func named(name string) string {
	if filepath.IsAbs(name) || strings.HasPrefix(name, "./") || strings.HasPrefix(name, "../") {
		return " (" + sanitize.Clean(name, 200) + ")"
	}
	return ""
}
