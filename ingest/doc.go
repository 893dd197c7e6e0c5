// Package ingest brings a file of contacts into a contact list.
//
// A file passes through stages, one source file each, joined by bounded
// channels, so that memory is the same whatever the file's size:
//
//	look       what the file is and how it is packed
//	survey     its digest; whether it can be unpacked; the names in JSON
//	sniff      which encoding, delimiter, line end and header the file has
//	read       decode to UTF-8 and cut into chunks at the ends of records; one goroutine
//	mapping    which column is which field of a contact
//	normalise  chunk -> rows and rejects; one goroutine for each processor
//	load       put the pieces back in order and commit them block by block; one goroutine
//	ledger     the rejected rows as a file to mend and send again
//
// Whatever is no CSV becomes a text of CSV in front of the reader (records), so
// that what follows is the same for all: workbook for XLSX, objects and elements
// for JSON, unpack and archive for gzip and ZIP.
//
// The runner joins them. Every row of the file gets one number and one outcome:
// the loader asserts it for each block and for the whole.
//
// # What a row is
//
// Records are those of RFC 4180, read with these rules where it is silent:
//
//   - A line without any character is no row and has no number. A line of
//     blanks or of delimiters alone is a row (and has no phone number).
//   - Lines end with LF or CRLF; in a file whose lines end with a lone CR, with
//     CR. In other files a lone CR is a character of its cell.
//   - A cell that begins with a quote ends at the first quote that is followed
//     by a delimiter, a line end or the end of the file. Two quotes are one. A
//     quote before anything else is kept as it stands, unless the cell has run
//     past a line end by then: then the opening quote was never closed, which is
//     also so when a cell runs to the end of the file or past the limit of a
//     row. The line in which it opened is then rejected, and reading goes on
//     with the next line.
//   - A quote inside a cell that does not begin with one is a character like
//     any other; so are blanks, everywhere.
//   - A row with fewer cells than there are columns lacks the last ones. One with
//     more is rejected, unless those beyond are blank.
package ingest
