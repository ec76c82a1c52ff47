import { createClient } from "@connectrpc/connect";
import { FileService } from "../gen/okno/file/v1/file_service_pb.ts";
import { transport } from "./transport.ts";

/** For what is uploaded; what is shown needs its address alone. */
export const files = createClient(FileService, transport);
