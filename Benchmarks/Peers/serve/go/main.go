// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The AsyncIO for Swift authors

// A server for Benchmarks/serve: PORT DIRECTORY [CERTIFICATE KEY].
package main

import (
	"bytes"
	"log"
	"net/http"
	"os"
	"strings"
)

func main() {
	word := []byte("Hello, world!")
	var json bytes.Buffer
	json.WriteString(`{"items":[` + strings.Repeat(`{"id":1,"name":"abcdefgh"},`, 378) + "0]}")
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Write(word)
	})
	http.HandleFunc("/json", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write(json.Bytes())
	})
	http.Handle("/files/", http.StripPrefix("/files/", http.FileServer(http.Dir(os.Args[2]))))
	address := "127.0.0.1:" + os.Args[1]
	if len(os.Args) > 3 {
		log.Fatal(http.ListenAndServeTLS(address, os.Args[3], os.Args[4], nil))
	}
	log.Fatal(http.ListenAndServe(address, nil))
}
