package web

import (
	"bytes"
	"encoding/json"
	"html/template"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"didops/internal/fault"
	"didops/internal/identity"
)

// frame is what every page shows, and what is its own.
type frame struct {
	Title   string
	Problem *problem // what went wrong; nil = nothing
	Notice  string   // what was done just now; "" = nothing
	Script  bool     // the page asks for a passkey
	Body    any

	// These are set where the page is drawn.
	Base, Origin, Style, App, Icon string
	Sandbox                        bool
	Person                         string
	Pages                          []tab
}

// problem is what went wrong, for whoever asked for it.
type problem struct {
	What, Do string
	Field    string // the id of the field at fault; "" = none
}

// tab is a page that leads somewhere.
type tab struct {
	Name, Path string
	Here       bool
}

// draw writes a page.
func (p *Page) draw(w http.ResponseWriter, v *visit, status int, name string, f frame) {
	f.Base, f.Origin, f.Sandbox, f.Person = p.base, p.origin, p.c.Gate.Sandboxed(), v.person.Name
	f.Style, f.App, f.Icon = p.files.at("style.css"), p.files.at("app.js"), p.files.at("icon.svg")
	f.Pages = p.tabs(v)
	var b bytes.Buffer
	if err := p.drawn[name].ExecuteTemplate(&b, "page", f); err != nil {
		_ = p.boundary.Report(v.Context(), err)
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // whoever left has no use for it
}

// tabs are the pages that the person may open.
func (p *Page) tabs(v *visit) []tab {
	if v.person.Name == "" {
		return nil
	}
	list := []tab{{Name: "Approvals", Path: "/approvals"}, {Name: "History", Path: "/history"}}
	if v.person.Role >= identity.Approver {
		list = append(list, tab{Name: "Log", Path: "/log"})
	}
	list = append(list, tab{Name: "Passkeys", Path: "/passkeys"})
	at := strings.TrimPrefix(v.URL.Path, p.base)
	for i, t := range list {
		list[i].Here = t.Path == at
	}
	return list
}

// readTemplates returns the pages, each with what is around it.
func readTemplates() (map[string]*template.Template, error) {
	list := map[string]*template.Template{}
	for _, name := range []string{"approvals", "order", "history", "log", "signin", "enrol", "passkeys", "fault"} {
		t, err := template.New(name).Funcs(template.FuncMap{"clock": clock, "number": func(n int) int { return n + 1 }}).ParseFS(embedded, "templates/page.html", "templates/before.html", "templates/"+name+".html")
		if err != nil {
			return nil, err
		}
		list[name] = t
	}
	return list, nil
}

// problemOf is a fault as a page shows it.
func problemOf(f *fault.Error) *problem {
	what := capital(f.Message)
	if what != "" && !strings.ContainsAny(what[len(what)-1:], ".!?") {
		what += "."
	}
	do := capital(f.Hint)
	if do != "" && !strings.ContainsAny(do[len(do)-1:], ".!?") {
		do += "."
	}
	return &problem{What: what, Do: do}
}

// sentence is a fault in one line.
func sentence(f *fault.Error) string {
	p := problemOf(f)
	return strings.TrimSpace(p.What + " " + p.Do)
}

func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

// saidOf is what was done right before a page was led to, by the word for it in
// the address.
func saidOf(v *visit) string {
	switch v.URL.Query().Get("said") {
	case "out":
		return "You are signed out."
	case "enrolled":
		return "The passkey is enrolled, and you are signed in with it."
	case "removed":
		return "The passkey is removed: it counts for nothing any more."
	case "anew":
		return "The terms were not what the page showed any more, so nothing was decided. These are the terms now: read them again."
	case "others":
		return "You are signed out everywhere but here."
	case "asked":
		return "It is asked: the order waits for its requester."
	case "answered":
		return "The answer is sent: the order waits for who decides it."
	case "commented":
		return "The comment stands with the order."
	case "edited":
		return "This order takes the place of the one that was edited. It waits for a decision of its own."
	case "reassigned":
		return "The order is handed over."
	}
	return ""
}

// wantsJSON reports whether the script asks, and not somebody who looks.
func wantsJSON(r *http.Request) bool { return r.Header.Get("Accept") == "application/json" }

func writeJSON(w http.ResponseWriter, status int, body any) {
	out, err := json.Marshal(body)
	if err != nil {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(out) // whoever left has no use for it
}
