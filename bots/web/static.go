package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
)

//go:embed templates/*.html static/*
var embedded embed.FS

// file is a file that pages refer to.
type file struct {
	kind, version string
	data          []byte
}

// files are the files by their names.
type files map[string]file

// readFiles returns the files. The version of one is made of what is in it, so
// that browsers may keep it for good.
func readFiles() (files, error) {
	kinds := map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
	list := files{}
	entries, err := fs.ReadDir(embedded, "static")
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		data, err := embedded.ReadFile("static/" + e.Name())
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(data)
		list[e.Name()] = file{kinds[path.Ext(e.Name())], hex.EncodeToString(sum[:6]), data}
	}
	return list, nil
}

// at is the path of a file below that of the page.
func (f files) at(name string) string { return "/static/" + f[name].version + "/" + name }

// static serves a file.
func (p *Page) static(w http.ResponseWriter, v *visit) error {
	f, ok := p.files[v.PathValue("name")]
	if !ok {
		return p.nothing(w, v)
	}
	if v.PathValue("version") == f.version {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	w.Header().Set("Content-Type", f.kind)
	_, _ = w.Write(f.data) // whoever left has no use for it
	return nil
}
