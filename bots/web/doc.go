// Package web is the page on which people look at orders and decide them: a
// front end that is drawn by the server, for phones first.
//
// The pattern is server-side rendering with progressive enhancement. Every page
// is whole without a script; a form is posted and answered by a redirection. The
// one script asks the browser for an assertion of a passkey and puts it into the
// form that is posted then.
//
// # Who is there
//
// A request is of whoever its session says, as the configuration has them at that
// moment: whoever is not there any more, has no role or does not sign in by that
// any more is signed out. An address says nothing of who opens it: a link that
// was made for one person and is opened by another shows and decides what the
// other may.
//
// # What is trusted
//
// The page decides nothing by itself: it brings decisions to the gate, with what
// was typed, the assertion, and which terms were shown. Terms that have become
// others meanwhile are shown anew instead. A request that changes something must
// come from the page itself (Sec-Fetch-Site, Origin), the session is in a cookie
// that no script reads, and nothing that is a secret stands in an address: the
// token of an enrolment is behind its "#", which browsers do not send.
package web
