package did

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"didops/internal/order"
	"didops/internal/sipaddr"
	"didops/internal/view"
)

// A brief says of a quote what nobody may decide without having read it, for
// dialogs that show three rows. It names every host and every seller; what
// gives way where space is short is only how an address is written.

// wordings of an address, from the fullest to the shortest. None leaves out a
// host, nor a user that is not the number itself.
const (
	wholeAddress = iota // sip:971501234567@sip.example.net:5060;transport=tcp
	userAndHost         // 971501234567@sip.example.net:5060
	hostAndPort         // sip.example.net:5060
	hostAlone           // sip.example.net
	wordings
)

// purchaseBrief says where calls and messages of what is bought would go.
func purchaseBrief(q order.Quote) order.Brief {
	b := order.Brief{About: about(q.Lines), Covers: []string{paperwork(q.Lines)}}
	for how := range wordings {
		to := func(scheme, term string) string {
			return distinct(q.Lines, ", ", func(l order.Line) string {
				return address(scheme, find(l.Terms, term), l.Number, how, len(q.Lines) > 1)
			})
		}
		b.Changes = append(b.Changes, fields("Calls to", to(sipaddr.SIP, termContact), "Messages to", to(sipaddr.SMPP, termSMPP)))
	}
	b.Covers = append(b.Covers, newHosts(q)...)
	return b
}

// updateBrief says from where to where calls and messages would move. A
// wording in which nothing seems to change is none.
func updateBrief(q order.Quote) order.Brief {
	b := order.Brief{About: about(q.Lines), Covers: newHosts(q)}
	for how := range wordings {
		told := true
		moved := func(scheme, fact, term string) string {
			return distinct(q.Lines, "; ", func(l order.Line) string {
				text, ok := move(scheme, l, fact, term, how, len(q.Lines) > 1)
				told = told && ok
				return text
			})
		}
		list := fields("Calls to", moved(sipaddr.SIP, factContact, termContact), "Messages to", moved(sipaddr.SMPP, factSMPP, termSMPP))
		if told {
			b.Changes = append(b.Changes, list)
		}
	}
	return b
}

// unsubscribeBrief says what ends, and that it is for good.
func unsubscribeBrief(q order.Quote) order.Brief {
	b := order.Brief{Danger: "It can't be undone.", About: about(q.Lines), Covers: []string{forGood(q.Lines)}}
	if at := sendTimes(q.Lines); len(at) > 0 {
		b.About = append(fields("To be sent", order.Span(at)+"; can be taken back until then"), b.About...)
		b.Covers = append(b.Covers, planned(q.Lines))
	}
	for how := range wordings {
		goes := func(scheme, fact string) string {
			return distinct(q.Lines, ", ", func(l order.Line) string {
				return address(scheme, find(l.Facts, fact), l.Number, how, len(q.Lines) > 1)
			})
		}
		b.Changes = append(b.Changes, fields("Calls to", goes(sipaddr.SIP, factContact), "Messages to", goes(sipaddr.SMPP, factSMPP)))
	}
	return b
}

// about says whose the numbers are, of what type, and what documents they need.
func about(list []order.Line) view.Fields {
	papers := distinct(list, "", func(l order.Line) string { return documents(l.Documents) })
	if words := []string{documents(new(true)), documents(new(false)), documents(nil)}; !slices.Contains(words, papers) {
		var parts []string
		for _, word := range words {
			n := 0
			for _, l := range list {
				if documents(l.Documents) == word {
					n++
				}
			}
			if n > 0 {
				parts = append(parts, fmt.Sprintf("%s for %d", word, n))
			}
		}
		papers = strings.Join(parts, ", ")
	}
	return fields(
		"Seller", distinct(list, ", ", func(l order.Line) string { return cmp.Or(view.Quoted(l.Fact("vendor")), "not stated") }),
		"Type", distinct(list, ", ", func(l order.Line) string { return l.Fact("type") }),
		"Documents", papers,
	)
}

// distinct joins what the lines are said to be, each once.
func distinct(list []order.Line, sep string, say func(order.Line) string) string {
	var all []string
	for _, l := range list {
		if text := say(l); text != "" && !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return strings.Join(all, sep)
}

// find returns the fact or term of that name; the zero fact where there is none.
func find(list []order.Fact, name string) order.Fact {
	for _, f := range list {
		if f.Name == name {
			return f
		}
	}
	return order.Fact{}
}

// port is the end of a host with a port.
var port = regexp.MustCompile(`:\d+$`)

// address writes an address as anybody may see it; of several lines with the
// mark in place of their numbers. What is not understood is always written in
// full.
func address(scheme string, f order.Fact, digits string, how int, several bool) string {
	text, fresh := strings.CutSuffix(f.String(), newHost)
	if a, ok := sipaddr.Parse(scheme, f.Value); ok && how != wholeAddress {
		user := a.User
		if scheme == sipaddr.SMPP && !numberLike.MatchString(user) {
			user = masked // as in shownAddress
		}
		end := a.End
		if how == hostAlone {
			end = port.ReplaceAllString(end, "")
		}
		text = user + "@" + end
		if how != userAndHost && strings.TrimPrefix(user, "+") == digits {
			text = end
		}
	}
	if several {
		text = strings.ReplaceAll(text, digits, sipaddr.Mark)
	}
	if fresh {
		text += newHost
	}
	return text
}

// move says what becomes of an address of a line; not ok where this wording
// does not show that it changes.
func move(scheme string, l order.Line, fact, term string, how int, several bool) (text string, ok bool) {
	was, will := find(l.Facts, fact), find(l.Terms, term)
	now, after := address(scheme, was, l.Number, how, several), address(scheme, will, l.Number, how, several)
	switch {
	case was.Value == "" && will.Value == "":
		return "", true
	case was.Value == will.Value:
		return now + " (" + unchanged + ")", true
	case was.String() == will.String():
		return now + anotherPassword, true
	}
	return cmp.Or(now, "nowhere") + " → " + cmp.Or(after, "nowhere"), now != after
}

// newHosts returns the notices about new hosts, which are marked where they
// stand.
func newHosts(q order.Quote) []string {
	var list []string
	for _, n := range q.Notices {
		if strings.HasPrefix(n, newHostNotice) {
			list = append(list, n)
		}
	}
	return list
}
