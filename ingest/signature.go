package ingest

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"

	"rollcall"
)

// signature is how a file begins that is evidently no CSV.
type signature struct {
	start  string
	within string // must stand somewhere in the head too
	is     string
	remedy string
	packed bool // it holds other files
}

const (
	saveAsCSV   = "Save it as CSV (UTF-8) and import that."
	unpackFirst = "Unpack it and import the CSV file in it."
)

// signatures in the order of the test: the first that fits names the file. A ZIP
// archive and gzip stand here for those inside of another.
var signatures = []signature{
	{start: "PK\x03\x04", within: "xl/", is: "an Excel workbook (XLSX)", packed: true},
	{start: "PK\x03\x04", is: "a ZIP archive", packed: true},
	{start: "PK\x05\x06", is: "a ZIP archive", packed: true},
	{start: "PK\x07\x08", is: "one of several parts of a ZIP archive", remedy: unpackFirst, packed: true},
	{start: "\x1f\x8b", is: "compressed (gzip)", packed: true},
	{start: "BZh", within: "1AY&SY", is: "compressed (bzip2)", remedy: unpackFirst, packed: true},
	{start: "\xfd7zXZ\x00", is: "compressed (xz)", remedy: unpackFirst, packed: true},
	{start: "\x28\xb5\x2f\xfd", is: "compressed (zstd)", remedy: unpackFirst, packed: true},
	{start: "7z\xbc\xaf\x27\x1c", is: "a 7-Zip archive", remedy: unpackFirst, packed: true},
	{start: "Rar!\x1a\x07", is: "a RAR archive", remedy: unpackFirst, packed: true},
	{start: compoundFile, is: "an old Office file", remedy: saveAsCSV},
	{start: "%PDF-", is: "a PDF", remedy: "Export the table that it was made from as CSV."},
	{start: "SQLite format 3\x00", is: "a SQLite database", remedy: "Export its table as CSV."},
	{start: "\x89PNG", is: "a picture (PNG)", remedy: "Choose a CSV file."},
	{start: "\xff\xd8\xff", is: "a picture (JPEG)", remedy: "Choose a CSV file."},
	{start: `{\rtf`, is: "an RTF document", remedy: saveAsCSV},
	{start: "<!DOCTYPE html", is: "a web page (HTML)", remedy: saveAsCSV},
	{start: "<html", is: "a web page (HTML)", remedy: saveAsCSV},
	{start: "<?xml", is: "an XML document", remedy: saveAsCSV},
}

// begins tells whether a file begins so, whatever the case of tags. Of other bytes every
// bit counts: without regard to case all that are no text would be the same.
func (s *signature) begins(head []byte) bool {
	if s.start[0] != '<' {
		return bytes.HasPrefix(head, []byte(s.start))
	}
	return len(head) >= len(s.start) && strings.EqualFold(string(head[:len(s.start)]), s.start)
}

// refuseOther fails for a file that is something else than text, and names it.
// Inside tells that it was unpacked from another one: archives are read to a depth
// of one.
func refuseOther(head []byte, inside bool) error {
	for _, s := range signatures {
		if !s.begins(head) || !bytes.Contains(head, []byte(s.within)) {
			continue
		}
		if s.packed && inside {
			return rollcall.Invalid("file", "What is packed in the file is itself packed: it is "+s.is+". Unpack the outer one and import what is in it.")
		}
		return rollcall.Invalid("file", "The file is "+s.is+", not CSV. "+s.remedy)
	}
	return nil
}

// compoundFile is how the files of Office before 2007 begin, and newer ones with
// a password (MS-CFB).
const compoundFile = "\xd0\xcf\x11\xe0"

// refuseCompound names such a file by the streams in its directory.
func refuseCompound(file io.ReaderAt, head []byte) error {
	const shift, place, most = 30, 48, 16 << 10
	names := head
	if len(head) > place+4 {
		size := int64(1) << min(head[shift], 16)
		directory := make([]byte, most)
		n, _ := file.ReadAt(directory, (int64(binary.LittleEndian.Uint32(head[place:]))+1)*size) // past the end there is nothing
		names = append(bytes.Clone(head), directory[:n]...)
	}
	has := func(name string) bool {
		return bytes.Contains(names, []byte(strings.Join(strings.Split(name, ""), "\x00")+"\x00"))
	}
	switch {
	case has("EncryptedPackage"):
		return rollcall.Invalid("file", "The workbook is protected by a password. Save it without one and import that.")
	case has("Workbook") || has("Book"):
		return rollcall.Invalid("file", "The file is an old Excel workbook (XLS). Save it as XLSX or as CSV (UTF-8) and import that.")
	}
	return rollcall.Invalid("file", "The file is an old Office file (such as XLS), or one with a password. Save it as XLSX or as CSV (UTF-8) and import that.")
}

// refuseBinary fails for a sample of text with so many control characters that
// it can be no text. A few NUL bytes are damage to some rows only.
func refuseBinary(text []byte) error {
	const least, share = 8, 50 // one in fifty
	controls := 0
	for _, b := range text {
		if b < ' ' && (b < '\t' || b > '\r') {
			controls++
		}
	}
	if controls >= least && bytes.Count(text, []byte{0}) == len(text) {
		return rollcall.Invalid("file", "The file begins with nothing but zero bytes, as a damaged copy does, or one that is packed to overwhelm who unpacks it. Choose a CSV file.")
	}
	if controls >= least && controls*share > len(text) {
		return rollcall.Invalid("file", "The file is not text but binary data, or text in an encoding that could not be told. Choose a CSV file; if it is one, name its encoding with the option encoding.")
	}
	return nil
}
